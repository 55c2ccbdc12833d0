/// An error number of the system (Linux), with its name: all that the host itself gives to calls
/// and to failures of its own.
public struct Errno: Sendable, Hashable {
  public let number: Int32

  public init(_ number: Int32) { self.number = number }

  /// The call may not: what a sandbox refuses.
  public static let notPermitted = Errno(1)
  /// The process is gone.
  public static let noProcess = Errno(3)
  public static let brokenPipe = Errno(32)
  public static let badDescriptor = Errno(9)
  public static let noChild = Errno(10)
  public static let tryAgain = Errno(11)
  public static let noMemory = Errno(12)
  public static let noAccess = Errno(13)
  public static let badAddress = Errno(14)
  public static let invalidArgument = Errno(22)
  public static let readOnly = Errno(30)
  /// A deadline has passed.
  public static let deadline = Errno(62)
  public static let badMessage = Errno(74)
  public static let timedOut = Errno(110)
  /// Processor time is used up.
  public static let usedUp = Errno(122)
  public static let cancelled = Errno(125)

  /// As kernels return it: negative.
  public var code: Int32 { -number }

  /// "EINVAL" for 22; "" for a number without a name.
  public var name: String {
    let index = Int(number) - 1
    return Self.table.indices.contains(index) && Self.table[index] != "-" ? Self.table[index] : ""
  }

  /// All names, in the order of their numbers.
  public static let names = table.filter { $0 != "-" }

  /// The names from 1 on; "-": a number without one.
  private static let table =
    """
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES
    EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY
    ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG
    ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG
    EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR
    ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP
    EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX
    ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE
    ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT
    EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET
    ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN
    EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO
    EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED
    EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON
    """.split { $0 == " " || $0 == "\n" }.map(String.init)
}

extension CallError {
  /// An error with the code and the name of an error number.
  package init(status: Status, _ errno: Errno, message: String) {
    self.init(status: status, code: errno.code, name: errno.name, message: message)
  }
}
