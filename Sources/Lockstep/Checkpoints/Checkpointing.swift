import LockstepCluster
import LockstepCompute
import LockstepFormats
import LockstepLayers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A fit's checkpoints: when one is due, as rank 0 decides, and how all ranks take it.
final class Checkpointing {
    private let options: Checkpoint
    private let runtime: Runtime
    private let folder: CheckpointFolder
    private let format: CheckpointFile
    private let conditions: [TrainingCondition]
    /// Rank 0's.
    private let writer: CheckpointWriter?
    private var lastSteps: Int
    private var lastTime = monotonicSeconds()
    private var epochs = 0

    /// Collective: prepares the folder.
    ///
    /// - Throws: on all ranks, if it cannot be written to.
    init(_ options: Checkpoint, runtime: Runtime, conditions: [TrainingCondition]) throws {
        self.options = options
        self.runtime = runtime
        self.conditions = conditions
        folder = CheckpointFolder(path: options.folder)
        format = CheckpointFile(runtime.graph, arena: runtime.arena)
        lastSteps = runtime.trainer?.steps ?? 0
        writer = runtime.communicator.rank == 0 ? CheckpointWriter(folder, format: format, keep: options.keep) : nil
        try runtime.coordinator.once { [folder] in try folder.prepare() }
    }

    /// Collective: what to go on from; nil to begin.
    ///
    /// - Throws: `TrainingError.checkpointsPresent`, `TrainingError.checkpoint`, `FormatError`.
    func resume() throws -> Snapshot? {
        let found = try runtime.coordinator.decide { [folder] in
            let isRestart = getenv("LOCKSTEP_RESUME").map { String(cString: $0) } == "1"
            guard options.resume || isRestart else {
                guard try folder.files().isEmpty else { throw TrainingError.checkpointsPresent(folder: folder.path) }
                return Found(file: "", bytes: [])
            }
            let newest = try folder.newest { Terminal.writeError("warning: \($0)\n") }
            return Found(file: newest?.file ?? "", bytes: newest?.bytes ?? [])
        }
        guard !found.file.isEmpty else { return nil }
        let slots = runtime.compilation?.slotCount ?? 0
        // Rank 0's conditions count, for data may be there alone.
        var decoded: Snapshot?
        try runtime.coordinator.once {
            decoded = try format.decode(found.bytes, slots: slots, conditions: conditions, file: found.file)
        }
        let snapshot = try decoded ?? format.decode(found.bytes, slots: slots, conditions: [], file: found.file)
        try runtime.restore(snapshot)
        lastSteps = snapshot.state.steps
        return snapshot
    }

    private struct Found: Transferable {
        let file: String
        let bytes: [UInt8]

        init(file: String, bytes: [UInt8]) {
            self.file = file
            self.bytes = bytes
        }

        func write(to writer: inout WireWriter) {
            writer.write(file)
            writer.write(bytes)
        }

        init(from reader: inout WireReader) throws(ClusterError) {
            file = try reader.readString()
            bytes = try reader.readBytes()
        }
    }

    /// Says whether rank 0 asks for a checkpoint with the next step.
    func request(in totals: StepTotals) {
        guard let writer else { return }
        totals.requestsCheckpoint =
            switch options.every {
            case .epochs: false
            // With the step that begins now.
            case .steps(let count): (runtime.trainer?.steps ?? 0) + 1 - lastSteps >= count && writer.isIdle
            case .seconds(let seconds): monotonicSeconds() - lastTime >= seconds && writer.isIdle
            }
    }

    /// On rank 0: whether one is due at the end of an epoch.
    func isDueAfterEpoch() -> Bool {
        epochs += 1
        guard case .epochs(let count) = options.every, epochs >= count else { return false }
        return writer?.isIdle ?? false
    }

    /// Whether a training can be taken apart here: gradients that are being accumulated are not part of a checkpoint.
    var isBetweenUpdates: Bool {
        guard let trainer = runtime.trainer, let accumulated = runtime.compilation?.optimizer.gradientAccumulationSteps
        else { return true }
        return trainer.steps % accumulated == 0
    }

    /// Collective: takes a checkpoint, if this is a moment between updates.
    func take(_ position: FitPosition, callbacks: [any Callback], kept: [Int: Weights]) throws {
        guard isBetweenUpdates else { return }
        let start = monotonicSeconds()
        let snapshot = try runtime.snapshot(position, callbacks: callbacks, kept: kept, conditions: conditions)
        if let snapshot { writer?.begin(snapshot) }
        lastSteps = runtime.trainer?.steps ?? 0
        lastTime = monotonicSeconds()
        runtime.checkpointSeconds.append(lastTime - start)
        epochs = 0
    }

    /// Collective: takes the last checkpoint and returns when it is on the disk. What keeps it from there is told, for
    /// the training has succeeded all the same.
    func end(_ position: FitPosition, callbacks: [any Callback], kept: [Int: Weights]) throws {
        try take(position, callbacks: callbacks, kept: kept)
        writer?.warnOfFailure()
    }

    /// Collective: takes the last checkpoint of a training that a signal ends, and returns its file when it is on the
    /// disk.
    ///
    /// - Throws: on all ranks, if it cannot be written.
    func takeLast(_ position: FitPosition, callbacks: [any Callback], kept: [Int: Weights]) throws -> String {
        try take(position, callbacks: callbacks, kept: kept)
        try runtime.coordinator.once { if let failure = writer?.finish() { throw failure } }
        return folder.file(steps: runtime.trainer?.steps ?? 0)
    }
}
