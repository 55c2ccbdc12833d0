import KernelHostModel
import Testing

@testable import KernelBridge

/// The host's table of error numbers against the system's own.
struct ErrnoTests {
  @Test func namesAreThoseOfTheSystem() {
    for number in Int32(1)...200 {
      let known = ErrorNumber.name(number) ?? ""
      #expect(Errno(number).name == known, "\(number)")
    }
    #expect(Errno.names.count == Set(Errno.names).count)
  }

  @Test func theNamedOnes() {
    let named: [(Errno, String)] = [
      (.notPermitted, "EPERM"), (.noProcess, "ESRCH"), (.badDescriptor, "EBADF"),
      (.noChild, "ECHILD"), (.tryAgain, "EAGAIN"), (.noMemory, "ENOMEM"), (.noAccess, "EACCES"),
      (.badAddress, "EFAULT"), (.invalidArgument, "EINVAL"), (.readOnly, "EROFS"),
      (.deadline, "ETIME"), (.badMessage, "EBADMSG"), (.timedOut, "ETIMEDOUT"),
      (.usedUp, "EDQUOT"), (.cancelled, "ECANCELED"),
    ]
    for (errno, name) in named { #expect(errno.name == name && errno.code == -errno.number) }
  }
}
