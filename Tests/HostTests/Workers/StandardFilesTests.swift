import KernelHostTestSupport
import Testing

/// What a call closes, redirects or makes wide of the standard descriptors and streams is so for
/// itself alone: all that others write is there, under their names.
@Suite(.enabled(if: Plugins.compiler != nil, "plugins need a C compiler; none is on the PATH"))
struct StandardFilesTests {
  private static let source = """
    #define _GNU_SOURCE
    #include "kernel_host.h"
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <unistd.h>
    #include <wchar.h>
    static void to_null(int descriptor) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, descriptor);
        close(null);
    }
    static void close_all(int first) {
        for (int descriptor = first; descriptor < 4096; descriptor++) close(descriptor);
    }
    static void close_hidden(int descriptor) {
        int (*function)(int);
        *(void **)&function = dlsym(RTLD_DEFAULT, "close");
        function(descriptor);
    }
    #define IS(text) (strcmp(self->how.data, text) == 0)
    typedef struct { kh_text how; int64_t i; } breaks;
    static int breaks_step(kh_call *call, void *state) {
        breaks *self = state;
        static char buffer[4096];
        (void)call;
        if (self->i++ > 0) return KH_DONE;
        printf("mine");
        if (IS("wide")) fwide(stdout, 1);
        if (IS("wide words")) { fflush(stdout); freopen("/dev/null", "w", stdout); wprintf(L"x"); }
        if (IS("wide errors")) fputws(L" of wide letters", stderr);
        if (IS("close")) close(1);
        if (IS("close and fail")) { close(1); printf("lost"); }
        if (IS("close errors")) close(2);
        if (IS("null")) to_null(1);
        if (IS("null errors")) to_null(2);
        if (IS("fclose")) fclose(stdout);
        if (IS("fclose errors")) fclose(stderr);
        if (IS("freopen")) freopen("/dev/null", "w", stdout);
        if (IS("buffer")) { setvbuf(stdout, NULL, _IOFBF, 4096); printf(" in a buffer"); }
        if (IS("own buffer")) { setvbuf(stdout, buffer, _IOFBF, sizeof buffer); printf(" in it"); }
        if (IS("other stream")) stdout = fopen("/dev/null", "w");
        if (IS("dead stream")) { stdout = fopen("/dev/null", "w"); fclose(stdout); }
        if (IS("append")) fcntl(1, F_SETFL, O_APPEND);
        if (IS("file at 1")) { fputs(" of a file", fdopen(1, "w")); return KH_DONE; }
        if (IS("closed file at 1")) fclose(fdopen(1, "w"));
        if (IS("close 3 and more")) close_all(3);
        if (IS("close all")) close_all(0);
        if (IS("3 is null")) to_null(3);
        if (IS("stdin")) { freopen("breaks.c", "r", stdin); getchar(); }
        if (IS("close stdin")) close(0);
        if (IS("hidden")) close_hidden(1);
        return KH_MORE;
    }
    KH_KERNEL(breaks, .flags = KH_FLAT, .params = KH_PARAMS(KH_PARAM(breaks, how, "")),
              .step = breaks_step);

    typedef struct { int64_t number, i; } says;
    static int says_step(kh_call *call, void *state) {
        says *self = state;
        (void)call;
        char text[64];
        int length = snprintf(text, sizeof text, "direct %d\\n", (int)self->number);
        printf("out %d\\n", (int)self->number);
        fprintf(stderr, "err %d\\n", (int)self->number);
        if (write(1, text, (size_t)length) != length) return -errno;
        if (getchar() != EOF) return kh_fail(call, -EIO, "there is something to read");
        return ++self->i == 2 ? KH_DONE : KH_MORE;
    }
    KH_KERNEL(says, .flags = KH_FLAT, .params = KH_PARAMS(KH_PARAM(says, number, "")),
              .step = says_step);

    typedef struct { double seconds; } sleeps;
    static int sleeps_start(kh_call *call, void *state) {
        return kh_sleep(call, ((sleeps *)state)->seconds);
    }
    static int sleeps_step(kh_call *call, void *state) {
        (void)call;
        (void)state;
        return KH_DONE;
    }
    KH_KERNEL(sleeps, .flags = KH_FLAT, .params = KH_PARAMS(KH_PARAM(sleeps, seconds, "")),
              .start = sleeps_start, .step = sleeps_step);

    typedef struct { int64_t i; } keeps;
    static int keeps_step(kh_call *call, void *state) {
        keeps *self = state;
        static int file;
        (void)call;
        if (self->i == 0) {
            close_all(3);
            file = open("kept", O_WRONLY | O_CREAT, 0666);
        }
        printf("written");
        if (write(file, "abcd", 4) != 4) return -errno;
        return ++self->i == 3 ? KH_DONE : KH_MORE;
    }
    KH_KERNEL(keeps, .flags = KH_FLAT, .step = keeps_step);
    """

  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(source, to: "breaks.c")
    return folder
  }

  private func run(
    _ folder: TemporaryFolder, _ tasks: [String], _ keys: String = ""
  ) throws -> Outcome {
    try folder.write(
      #"{ "plugins": ["breaks.c"], \#(keys) "tasks": [\#(tasks.joined(separator: ","))] }"#,
      to: "m.json")
    return try HostBinary.run(["m.json", "--format", "tokens", "-q"], folder: folder.path)
  }

  /// Each way, and a call behind it in the same pass of the lane.
  @Test(arguments: ["process", "call"]) func othersWriteAsBefore(_ isolation: String) throws {
    let own = [
      "wide": "mine", "wide words": "mine", "wide errors": "mine of wide letters",
      "close": "mine", "close and fail": "mine", "close errors": "mine", "null": "mine",
      "null errors": "mine", "fclose": "mine", "fclose errors": "mine", "freopen": "mine",
      "buffer": "mine in a buffer", "own buffer": "mine in it", "other stream": "mine",
      "dead stream": "mine",
      "append": "mine", "file at 1": "mine of a file", "closed file at 1": "mine",
      "close 3 and more": "mine", "3 is null": "mine", "stdin": "mine", "close stdin": "mine",
      "close all": "mine",
    ]
    var tasks: [String] = []
    let ways = own.keys.sorted()
    for (index, way) in ways.enumerated() {
      tasks.append(#"{ "kernel": "breaks", "args": ["\#(way)"] }"#)
      tasks.append(#"{ "kernel": "says", "args": [\#(index)] }"#)
    }
    let outcome = try run(try Self.folder(), tasks, #""isolation": "\#(isolation)","#)
    #expect(outcome.end == .exit(0), "\(outcome.out)\(outcome.err)")
    let lines = outcome.err.lines
    for (index, way) in ways.enumerated() {
      #expect(lines.contains("call \(2 * index) (breaks): \(own[way]!)"), "\(way): \(outcome.err)")
      for text in ["out", "err", "direct"] {
        let line = "call \(2 * index + 1) (says): \(text) \(index)"
        #expect(lines.count { $0 == line } == 2, "\(line), after \(way): \(outcome.err)")
      }
    }
    let told = lines.filter { $0.contains("warning: breaks left the standard descriptors") }
    #expect(told.count == 1, "\(outcome.err)")
  }

  /// A kernel may well write wide letters.
  @Test func wideLettersAreNoFault() throws {
    let tasks = (0..<3).flatMap { number in
      [
        #"{ "kernel": "breaks", "args": ["wide errors"] }"#,
        #"{ "kernel": "says", "args": [\#(number)] }"#,
      ]
    }
    let outcome = try run(try Self.folder(), tasks)
    #expect(outcome.end == .exit(0), "\(outcome)")
    #expect(outcome.err.lines.count { $0.hasSuffix("mine of wide letters") } == 3, "\(outcome)")
    #expect(outcome.err.lines.count == 3 + 3 * 2 * 3, "\(outcome)")
  }

  /// By a function that is not known to do it: within the next calls, and it is told.
  @Test func whatIsNotSeenAtOnceIsSeenSoon() throws {
    let outcome = try run(
      try Self.folder(),
      [
        #"{ "kernel": "breaks", "args": ["hidden"] }"#,
        #"{ "kernel": "sleeps", "args": [0.002], "name": "later" }"#,
        #"{ "kernel": "says", "args": [7], "after": ["later"] }"#,
      ])
    #expect(outcome.end == .exit(0), "\(outcome.out)\(outcome.err)")
    for text in ["out", "err", "direct"] {
      #expect(outcome.err.lines.count { $0 == "call 2 (says): \(text) 7" } == 2, "\(outcome.err)")
    }
    #expect(outcome.err.contains("the standard descriptors"), "\(outcome.err)")
  }

  /// The lane does not touch what a kernel opens under a number that was the lane's.
  @Test func aKernelsOwnFileStaysAtItsPlace() throws {
    let folder = try Self.folder()
    let outcome = try run(folder, [#"{ "kernel": "keeps" }"#], #""allow": { "write": ["."] },"#)
    #expect(outcome.end == .exit(0), "\(outcome.out)\(outcome.err)")
    #expect(try folder.read("kept") == "abcdabcdabcd")
    #expect(outcome.err.lines.contains("call 0 (keeps): writtenwrittenwritten"), "\(outcome.err)")
  }

  /// Inside the host a call shares its descriptors, but meets the results' by no small number.
  @Test func resultsKeepTheirWayInsideTheHost() throws {
    let outcome = try run(
      try Self.folder(), [#"{ "kernel": "breaks", "args": ["3 is null"] }"#],
      #""isolation": "none","#)
    #expect(outcome.end == .exit(0) && outcome.out == "[null, true, \"\"]\n", "\(outcome)")
  }

  /// Libraries print through buffers of their own: C++ streams that are not synchronised.
  @Test func otherBuffersAreWrittenToo() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <iostream>
      #include <unistd.h>
      struct streams { bool closes; int64_t n, i; };
      static int streams_step(kh_call *, void *state) {
          auto *self = static_cast<streams *>(state);
          std::ios::sync_with_stdio(false);
          std::cout << "line " << self->i << '\\n' << "part";
          if (self->closes && self->i == 0) {
              std::cout.flush();
              close(1);
              std::cout << "lost" << std::endl; // till the descriptor is there again
          }
          return ++self->i >= self->n ? KH_DONE : KH_MORE;
      }
      KH_KERNEL(streams, .summary = "", .flags = KH_PURE,
                .params = KH_PARAMS(KH_PARAM(streams, closes, ""), KH_PARAM(streams, n, "")),
                .step = streams_step);
      """, to: "streams.cpp")
    try folder.write(
      """
      { "plugins": ["streams.cpp"], "tasks": [
        { "kernel": "streams", "args": [false, 2] }, { "kernel": "streams", "args": [true, 1] },
        { "kernel": "streams", "args": [false, 3] } ] }
      """, to: "m.json")
    let outcome = try HostBinary.run(["m.json", "--format", "tokens", "-q"], folder: folder.path)
    #expect(outcome.end == .exit(0), "\(outcome)")
    for line in [
      "0 (streams): line 0", "0 (streams): partline 1", "1 (streams): line 0",
      "1 (streams): partlost",
      "2 (streams): line 0", "2 (streams): partline 1", "2 (streams): partline 2",
      "2 (streams): part",
    ] {
      #expect(outcome.err.lines.count { $0 == "call " + line } == 1, "\(line): \(outcome.err)")
    }
  }

  /// Inside the host, too, at its end.
  @Test func otherBuffersAreWrittenInsideTheHost() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <iostream>
      static double half(double x) {
          std::ios::sync_with_stdio(false);
          std::cout << "without an end";
          return x / 2;
      }
      KH_FUNCTION(half, double, (double, x));
      """, to: "half.cpp")
    try folder.write(
      #"{ "plugins": ["half.cpp"], "tasks": [{ "kernel": "half", "args": [1] }] }"#, to: "m.json")
    let outcome = try HostBinary.run(
      ["m.json", "--isolation", "none", "--format", "tokens", "-q"], folder: folder.path)
    #expect(outcome.out == "[0.5, true, \"\"]\n" && outcome.err == "without an end", "\(outcome)")
  }

  /// A constructor's, too: all workers would have it.
  @Test func whatLoadingChangesIsPutBack() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      #include "kernel_host.h"
      #include <stdio.h>
      #include <unistd.h>
      #include <wchar.h>
      __attribute__((constructor)) static void loads(void) { fwide(stdout, 1); close(2); }
      static double half(double x) { printf("out\\n"); fprintf(stderr, "err\\n"); return x / 2; }
      KH_FUNCTION(half, double, (double, x));
      """, to: "half.c")
    try folder.write(
      #"{"plugins":["half.c"],"tasks":[{"kernel":"half","args":[1]}]}"#, to: "m.json")
    let outcome = try HostBinary.run(["m.json", "--format", "tokens", "-q"], folder: folder.path)
    #expect(outcome.out == "[0.5, true, \"\"]\n", "\(outcome)")
    #expect(outcome.err.contains("call 0 (half): out\n") && outcome.err.contains("(half): err\n"))
    #expect(outcome.err.contains("half.c changed the standard descriptors"), "\(outcome.err)")
  }
}
