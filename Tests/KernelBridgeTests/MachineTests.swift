import Testing

@testable import KernelBridge

struct MachineTests {
  @Test func processors() {
    #expect(
      Machine.processor(
        in: "processor\t: 0\nmodel\t\t: 85\nmodel name\t: A (R)  B @ 2\nmodel name\t: C\n")
        == "A (R) B @ 2")
    #expect(
      Machine.processor(in: "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n")
        == "implementer 0x41, part 0xd0c")
    #expect(
      Machine.processor(in: "") == "" && Machine.processor(in: "model name\nCPU part: 1") == "")
  }

  @Test func build() {
    #expect(HostProcess.build.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "f") ~= $0 })
    #expect(!Machine.names().system.isEmpty)
  }
}
