import ArgumentParser
import Lockstep
import LockstepArguments

/// Where and how often a training is saved.
struct CheckpointArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Save the whole training in this folder at intervals, to resume it after an interruption.",
            valueName: "folder"))
    var checkpoint: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The interval between checkpoints: 2epochs, 500steps or 60s; by default 1epoch.", valueName: "interval"),
        transform: { try Checkpoint.Interval($0) })
    var checkpointEvery: Checkpoint.Interval?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The number of newest checkpoints to keep; by default 3.", valueName: "count"))
    var keep: Int?
    @Flag(help: "Resume from the folder's newest checkpoint, also in the middle of an epoch; without one, begin.")
    var resume = false

    func validate() throws {
        guard checkpoint != nil || (checkpointEvery == nil && keep == nil && !resume) else {
            throw ValidationError("--checkpoint-every, --keep and --resume want a folder, --checkpoint")
        }
        try usage { try value?.validate() }
    }

    var value: Checkpoint? {
        checkpoint.map { Checkpoint($0, every: checkpointEvery ?? .epochs(1), keep: keep ?? 3, resume: resume) }
    }
}
