import LockstepCluster
import LockstepCompute
import LockstepFormats

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes snapshots while training goes on, one at a time. Rank 0's.
final class CheckpointWriter {
    private let folder: CheckpointFolder
    private let format: CheckpointFile
    private let keep: Int
    /// The writing under way.
    private var writing: Writing?

    /// One snapshot on its way to the disk.
    private final class Writing: @unchecked Sendable {
        var thread: pthread_t?
        /// What went wrong, once it is done.
        var failure: FormatError?
        let isDone = SharedCounter(FloatBuffer(count: SharedCounter.stride), at: 0)
    }

    init(_ folder: CheckpointFolder, format: CheckpointFile, keep: Int) {
        self.folder = folder
        self.format = format
        self.keep = keep
    }

    deinit { _ = finish() }

    /// Whether nothing is being written.
    var isIdle: Bool { writing.map { $0.isDone.value > 0 } ?? true }

    /// Begins to write a snapshot, when the one before is written; a failure of that is told.
    func begin(_ snapshot: Snapshot) {
        warnOfFailure()
        let writing = Writing()
        self.writing = writing
        let (folder, format, keep) = (folder, format, keep)
        writing.thread = startThread {
            do throws(FormatError) {
                let file = folder.file(steps: snapshot.state.steps)
                try FileBytes.write(try format.encode(snapshot, file: file), to: file)
                try folder.prune(keeping: keep)
            } catch {
                writing.failure = error
            }
            writing.isDone.set(1)
        }
    }

    /// Returns when all is written; what went wrong.
    func finish() -> FormatError? {
        guard let writing, let thread = writing.thread else { return nil }
        joinThread(thread)
        self.writing = nil
        return writing.failure
    }

    /// Returns when all is written, and tells what went wrong.
    func warnOfFailure() {
        guard let failure = finish() else { return }
        Terminal.writeError(
            "warning: no checkpoint was written: \(failure); those before it are still there, and training goes on\n")
    }
}
