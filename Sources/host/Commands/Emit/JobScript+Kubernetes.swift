import KernelBridge
import KernelHostModel

extension JobScript {
  /// Two Jobs: the shards, and what follows them, which waits until it is let go.
  var kubernetes: String {
    let shard =
      only.map { ["sh", "-c", chosen($0, by: "$JOB_COMPLETION_INDEX")] }
      ?? words(shard: "auto/\(shards)")
    return title(
      "Kubernetes 1.31", "Submit: kubectl apply -f THIS, then, in one line,")
        + """
        # kubectl wait --for=condition=Complete --timeout=-1s job/\(name) &&
        # kubectl patch job/\(name)-end --patch '{"spec": {"suspend": false}}'
        apiVersion: batch/v1
        kind: Job
        metadata: {name: \(Self.text(name))}
        spec:
          completionMode: Indexed
          completions: \(count)
          parallelism: \(min(count, 1000))
          backoffLimitPerIndex: 3
          podReplacementPolicy: Failed
          podFailurePolicy:
            rules:  # stopped: it goes on in a new pod
            - {action: Ignore, onExitCodes: {operator: In, values: [75]}}
        \(pod(shard))
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: \(Self.text(name + "-end"))}
        spec:
          suspend: true
          backoffLimit: 3
        \(pod(["sh", "-c", "\(finish); exec \(merge)"]))

        """
  }

  private func pod(_ words: [String]) -> String {
    """
      template:
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 60
          containers:
          - name: host
            image: \(Self.text(image))
            command: [\(words.map(Self.argument).joined(separator: ", "))]
            workingDir: \(Self.text(currentFolder()))
            resources: {requests: {cpu: \(jobs)}, limits: {cpu: \(jobs)}}
            volumeMounts: [{name: study, mountPath: \(Self.text(currentFolder()))}]
          volumes: [{name: study, persistentVolumeClaim: {claimName: \(Self.text(claim))}}]
    """
  }

  /// A word of a command: Kubernetes replaces $(NAME) in it.
  private static func argument(_ word: String) -> String { text(word.replacing("$(", with: "$$(")) }

  /// A JSON string is one of YAML, too.
  private static func text(_ text: String) -> String {
    var bytes: [UInt8] = []
    JSONWriter.text(text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
