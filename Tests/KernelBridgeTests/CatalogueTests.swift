import KernelBridge
import KernelHostModel
import Testing

/// What the built-in kernels say of themselves.
@Suite struct CatalogueTests {
  @Test func everyKernelIsThereOnceAndSorted() {
    let names = Catalogue.builtIn.signatures.map { $0.name }
    #expect(names == names.sorted() && Set(names).count == names.count)
    let expected = [
      "fft", "for_loop", "heat", "logistic_map", "mandelbrot", "matmul", "moments",
      "monte_carlo_pi", "primes", "sha256", "sleep", "while_loop_increment",
    ]
    #expect(expected.allSatisfy { Catalogue.builtIn.index(of: $0) != nil })
    #expect(Catalogue.builtIn.index(of: "for_lop") == nil)
    #expect(Catalogue.builtIn.index(of: "") == nil)
  }

  @Test func signaturesCarryWhatTheDescriptorSays() throws {
    let index = try #require(Catalogue.builtIn.index(of: "for_loop"))
    let forLoop = Catalogue.builtIn.signatures[index]
    #expect(forLoop.parameters.map { $0.name } == ["min", "increment", "max"])
    #expect(forLoop.parameters.map { $0.defaultValue } == [0, 1, 1_000_000])
    #expect(forLoop.results.isEmpty && forLoop.isPure && forLoop.isFlat)
    let heat = Catalogue.builtIn.signatures[try #require(Catalogue.builtIn.index(of: "heat"))]
    #expect(heat.errors.map { $0.name } == ["HEAT_NO_CONVERGENCE"] && heat.errors[0].code == -4097)
    let top = try #require(heat.parameters.first { $0.name == "top" })
    #expect(top.unit == "K" && top.type == .f64 && top.defaultValue == 100.0)
    let sleep = Catalogue.builtIn.signatures[try #require(Catalogue.builtIn.index(of: "sleep"))]
    #expect(sleep.parameters[0].isRequired && sleep.parameters[0].range?.lowerBound == 0)
  }

  @Test func everyKernelIsDescribed() {
    for kernel in Catalogue.builtIn.signatures {
      #expect(!kernel.summary.isEmpty)
      for field in kernel.parameters + kernel.results { #expect(!field.doc.isEmpty) }
    }
  }
}
