import Lockstep

/// Saves the results of a failed training: the history so far, and the model after the last good epoch.
struct Rescue {
    /// The output files of the training.
    let output, history, plot: String?
    /// The classes of the targets.
    let classes: ClassNames?
    let checkpoint: Checkpoint?

    /// Collective: writes the results so far.
    ///
    /// - Returns: the error, with notes about the written files.
    func callAsFunction(_ model: Model, after error: any Error) -> any Error {
        // After a `ClusterError` the ranks can do nothing together. A training that a signal interrupts resumes from
        // its checkpoint.
        if error is ClusterError { return error }
        if case TrainingError.interrupted = error { return error }
        // Without a history the training has not begun.
        guard let epochs = model.history else { return error }
        var notes: [String] = []
        if let output {
            if let epoch = model.lastGoodEpoch {
                let file = Self.lastGood(output)
                notes += note("the model as it was after epoch \(epoch + 1) is in \(file)") {
                    try model.restoreLastGoodEpoch()
                    try write(model, to: file)
                    try Job.once { try classes?.write(to: ClassNames.file(beside: file)) }
                }
            } else {
                notes.append("no epoch ended well, so no model is written")
            }
        }
        if !epochs.epoch.isEmpty {
            if let history {
                notes += note("the history so far is in \(history)") { try Job.once { try epochs.save(to: history) } }
            }
            if let plot {
                notes += note("its picture is in \(plot)") { try Job.once { try epochs.figure().save(plot) } }
            }
        }
        if let checkpoint, checkpoint.isThere { notes.append("checkpoints are in \(checkpoint.folder)") }
        return notes.isEmpty ? error : CommandError.failed(error, notes: notes)
    }

    private func note(_ text: String, _ body: () throws -> Void) -> [String] {
        do {
            try body()
            return [text]
        } catch {
            return ["\(error)"]
        }
    }

    /// `trained.last-good.keras` for `trained.keras`.
    static func lastGood(_ output: String) -> String {
        let endings = ModelFormat.allCases.flatMap(\.endings).filter { output.lowercased().hasSuffix($0) }
        let length = endings.map(\.count).max() ?? 0
        return output.dropLast(length) + ".last-good" + output.suffix(length)
    }
}
