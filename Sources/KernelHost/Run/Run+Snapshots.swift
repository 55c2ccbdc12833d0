import KernelBridge
import KernelHostModel

/// What a person is told of copies of half-done calls.
extension Run {
  static func text(_ problem: SnapshotStore.Problem, _ catalogue: Catalogue) -> String {
    switch problem {
    case .stray(let stray):
      Wording.strayPointer(
        catalogue.signatures[stray.kernel].name, offset: stray.offset, block: stray.block)
    case .unwritten(let error):
      Wording.snapshotUnwritten(Wording.system(error.action, error.path, error.reason))
    }
  }
}

extension SnapshotStore.Ignored.Reason {
  var text: String {
    switch self {
    case .torn: Wording.snapshotIsTorn
    case .otherVersion: Wording.snapshotIsOfOtherVersion
    case .otherRun: Wording.snapshotIsOfOtherRun
    case .unreadable: Wording.snapshotIsUnreadable
    }
  }
}
