import LockstepCompute

/// Where and how often `fit` saves the whole state of a training, so that it can continue to the same bits after the
/// job has died or was ended: weights, optimizer slots, place in the epoch, order of the samples, random numbers,
/// running means, callbacks and history.
///
///     try model.fit(x, y, epochs: 50, checkpoint: Checkpoint("checkpoints", every: .seconds(60), resume: true))
///
/// Rank 0 writes on a thread of its own, while training continues: to a temporary name, with a checksum, synced and
/// renamed. SIGTERM, SIGINT and SIGHUP write a last checkpoint and end `fit` with `TrainingError.interrupted`. If the
/// disk is full, a warning says so, training continues, and earlier checkpoints stay.
public struct Checkpoint: Equatable, Sendable {
    /// The interval from one checkpoint to the next.
    public enum Interval: Equatable, Sendable {
        case epochs(Int)
        case steps(Int)
        case seconds(Double)
    }

    /// The folder, on rank 0's host. It is made if it does not exist.
    public let folder: String
    /// The interval from one checkpoint to the next. There is one at the end too.
    public let every: Interval
    /// How many of the newest checkpoints are kept.
    public let keep: Int
    /// Whether to continue from the folder's newest readable checkpoint; without one the training begins. If it is
    /// false and the folder holds checkpoints, `fit` throws, unless `launch/run --max-restarts` has restarted the
    /// program.
    public let resume: Bool

    public init(_ folder: String, every: Interval = .epochs(1), keep: Int = 3, resume: Bool = false) {
        self.folder = folder
        self.every = every
        self.keep = keep
        self.resume = resume
    }

    /// Whether the folder, which is on rank 0's host, holds checkpoints.
    package var isThere: Bool { (try? CheckpointFolder(path: folder).files())?.isEmpty == false }

    /// - Throws: `TrainingError.argument` for what is out of range.
    package func validate() throws {
        let isPositive =
            switch every {
            case .epochs(let count), .steps(let count): count > 0
            case .seconds(let seconds): seconds > 0 && seconds.isFinite
            }
        guard isPositive else {
            throw TrainingError.argument("checkpoint.every", requirement: "more than 0", received: "\(every)")
        }
        guard keep > 0 else {
            throw TrainingError.argument("checkpoint.keep", requirement: "1 or more", received: "\(keep)")
        }
        guard !folder.isEmpty else {
            throw TrainingError.argument("checkpoint.folder", requirement: "a folder", received: "''")
        }
    }
}

extension Checkpoint.Interval {
    /// From text: `"2epochs"`, `"500steps"`, `"60s"`.
    ///
    /// - Throws: `TrainingError.argument`.
    public init(_ text: String) throws {
        let number = text.prefix { "0123456789.".contains($0) }
        switch (text.dropFirst(number.count), Int(number), Double(number)) {
        case ("epoch", let count?, _), ("epochs", let count?, _): self = .epochs(count)
        case ("step", let count?, _), ("steps", let count?, _): self = .steps(count)
        case ("s", _, let seconds?): self = .seconds(seconds)
        default:
            throw TrainingError.argument(
                "interval", requirement: "above 0, such as 1epoch, 500steps or 60s", received: text)
        }
    }
}
