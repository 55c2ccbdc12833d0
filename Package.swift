// swift-tools-version: 6.2
import PackageDescription

// One set of rules for every target: warnings are errors everywhere, raw
// pointers are marked everywhere, and what a file uses it imports itself.
let swift: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
let c: [CSetting] = [
  .enableWarning("all"), .enableWarning("extra"), .enableWarning("pedantic"),
  .treatAllWarnings(as: .error),
]
// The release's executables have Swift's runtime in them: a worker process is a fork of this
// program, and each library that it does not map, and each page that the loader does not
// write addresses into (no-pie), makes that cheaper.
// Nothing of it is for plugins to be linked with. Tests of a release build cannot be linked so:
// KERNELHOST_TEST_RELEASE says that it is for them.
let isForTests = Context.environment["KERNELHOST_TEST_RELEASE"] != nil
// KERNELHOST_ONLY names the one bundle of tests that a release build of tests is to have.
let only = Context.environment["KERNELHOST_ONLY"]
let executable: [LinkerSetting] =
  isForTests
  ? []
  : [
    .unsafeFlags(
      [
        "-static-stdlib", "-Xclang-linker", "-no-pie", "-Xlinker", "--no-export-dynamic",
      ], .when(configuration: .release))
  ]

let package = Package(
  name: "KernelHost",
  products: [
    .library(name: "KernelHost", targets: ["KernelHost"]),
    .executable(name: "host", targets: ["host"]),
    .executable(name: "hostbench", targets: ["hostbench"]),
  ],
  targets: [
    // The public C ABI. Its one source file freezes the layouts.
    .target(
      name: "CKernelHost", path: ".", sources: ["CSources/abi"],
      publicHeadersPath: "include", cSettings: c),
    // Adding a kernel is adding a file here.
    .target(
      name: "CKernelHostKernels", dependencies: ["CKernelHost"], path: "CSources/kernels",
      publicHeadersPath: ".", cSettings: c,
      linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "CKernelHostLanes", dependencies: ["CKernelHost"], path: "CSources/lanes",
      cSettings: c + [.define("_GNU_SOURCE"), .headerSearchPath(".")]),

    // The page of the HTML report, as files that an editor knows.
    .target(
      name: "CKernelHostReport", path: "CSources/report", exclude: ["page"],
      cSettings: c + [.headerSearchPath("page")]),

    // The client of `host serve` for Python, as a file that Python knows.
    .target(
      name: "CKernelHostPython", path: "CSources/python", exclude: ["kernelhost.py"],
      cSettings: c + [.headerSearchPath(".")]),

    // Names of targets must be other than those of all packages that are built with this one: those
    // that another package might have, too, begin with this package's name.
    .target(name: "KernelHostModel", path: "Sources/TaskModel", swiftSettings: swift),
    .target(
      name: "KernelBridge",
      dependencies: [
        "KernelHostModel", "CKernelHost", "CKernelHostKernels", "CKernelHostLanes",
        "CKernelHostReport", "CKernelHostPython",
      ],
      swiftSettings: swift),
    .target(
      name: "KernelHost", dependencies: ["KernelHostModel", "KernelBridge"], swiftSettings: swift),
    .executableTarget(
      name: "host", dependencies: ["KernelHost", "KernelBridge", "KernelHostModel"],
      swiftSettings: swift, linkerSettings: executable),
    .target(
      name: "CKernelHostBench", dependencies: ["CKernelHost"], path: "CSources/bench",
      cSettings: c + [.define("_GNU_SOURCE")]),
    .executableTarget(
      name: "hostbench",
      dependencies: ["KernelHost", "KernelHostModel", "KernelBridge", "CKernelHostBench"],
      swiftSettings: swift, linkerSettings: executable),

    .target(name: "KernelHostTestSupport", path: "Tests/Support", swiftSettings: swift),
    .testTarget(
      name: "TaskModelTests", dependencies: ["KernelHostModel", "KernelHostTestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "KernelBridgeTests",
      dependencies: ["KernelBridge", "KernelHostModel", "KernelHostTestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "KernelHostTests",
      dependencies: ["KernelHost", "KernelBridge", "KernelHostModel", "KernelHostTestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "EngineTests",
      dependencies: ["KernelHost", "KernelBridge", "KernelHostModel", "KernelHostTestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "JournalTests",
      dependencies: ["KernelHost", "KernelBridge", "KernelHostModel", "KernelHostTestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "HostTests", dependencies: ["host", "hostbench", "KernelHostTestSupport"],
      swiftSettings: swift),
  ],
  cLanguageStandard: .c11
)
package.targets.removeAll { $0.isTest && only != nil && $0.name != only }
