import KernelBridge
import Testing

@testable import KernelHost

/// The modules of the report page, joined to one script.
struct ScriptModulesTests {
  /// All modules are needed, and every import is exported. `Tests/Browser` runs the script.
  @Test func thePageIsWhole() throws {
    let sources = ReportPage.scripts.mapValues { String(decoding: $0, as: UTF8.self) }
    #expect(try ScriptModules.names(sources, from: "main.js") == Set(sources.keys))
    let script = try ScriptModules.join(sources, from: "main.js")
    #expect(!script.contains("\nimport ") && !script.contains("\nexport "))
    #expect(!script.contains("</script") && !script.contains("<!--"))
  }

  @Test func aModuleHasAScopeAndComesBehindItsImports() throws {
    let sources = [
      "main.js": "import { b, c } from \"./b.js\";\nconst own = 1;\nb(c, own);\n",
      "b.js": "// B.\nimport { a } from \"./a.js\";\nexport const c = a;\nexport function b() {}\n",
      "a.js": "export const a = 1;\nconst own = 2;\n",
      "unused.js": "export const x = 1;\n",
    ]
    let expected = """
      "use strict";
      (() => {
      const $a = (() => {
      const a = 1;
      const own = 2;

      return { a };
      })();
      const $b = (() => {
      // B.
      const { a } = $a;
      const c = a;
      function b() {}

      return { c, b };
      })();
      const $main = (() => {
      const { b, c } = $b;
      const own = 1;
      b(c, own);

      return {  };
      })();
      })();

      """
    #expect(try ScriptModules.join(sources, from: "main.js") == expected)
    #expect(try ScriptModules.names(sources, from: "b.js") == ["a.js", "b.js"])
  }

  @Test(arguments: [
    ("import { a } from \"./no.js\";", ScriptModules.Fault.missingModule("no.js")),
    ("import { a } from \"./b.js\";", .missingExport("a", of: "b.js")),
    ("import { b } from \"./circle.js\";", .circle(["main.js", "circle.js", "main.js"])),
    ("import * as b from \"./b.js\";", .unknownForm("import * as b from \"./b.js\";")),
    ("export default 1;", .unknownForm("default 1;")),
    ("export { b };", .unknownForm("{ b };")),
    ("export let b = 1;", .unknownForm("let b = 1;")),
  ])
  func faults(_ line: String, _ fault: ScriptModules.Fault) {
    let sources = [
      "main.js": line + "\n", "b.js": "export const b = 1;\n",
      "circle.js": "import { a } from \"./main.js\";\n",
    ]
    #expect(throws: fault) { try ScriptModules.join(sources, from: "main.js") }
  }
}
