import KernelHost
import KernelHostModel

/// The manual page of section 5: the keys of a manifest.
extension ManPage {
  /// The page about the program's files. All keys come from the schema.
  static func ofManifests() -> ManPage {
    var page = ManPage(title: "HOST", section: 5)
    page.section("NAME")
    page.line("host \\- manifests of \\fBhost\\fR(1): the keys of the JSON file")
    page.section("DESCRIPTION")
    page.paragraph(
      "A manifest lists the calls of a run. It is strict JSON (RFC 8259) in UTF-8, or JSON Lines "
        + "with a task a line. An unknown key, or a value of another type, is an error with its "
        + "place, and nothing runs.")
    page.section("EXAMPLE")
    page.verbatim(example)
    page.section("KEYS")
    for object in ManifestSchema.objects {
      page.line(".SS \"\(object.title)\"")
      page.paragraph(object.place)
      for entry in object.entries {
        page.item(entry.name)
        page.paragraph(
          entry.values.prefix(1).uppercased() + entry.values.dropFirst()
            + (entry.isRequired ? ", required." : "."))
        page.paragraph(entry.meaning)
      }
    }
    page.section("SEE ALSO")
    page.line("\\fBhost\\fR(1)")
    return page
  }

  private static let example = [
    "{ \"mode\": \"parallel\", \"defaults\": { \"timeout\": 10 },",
    "  \"tasks\": [",
    "    { \"name\": \"map\", \"kernel\": \"logistic_map\", \"args\": { \"n\": 1000 },",
    "      \"sweep\": { \"r\": { \"from\": 2.5, \"to\": 4, \"count\": 1001 } } },",
    "    { \"kernel\": \"moments\", \"args\": { \"values\": { \"results\": \"map\" } } } ] }",
  ]
}
