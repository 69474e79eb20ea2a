import ArgumentParser
import Lockstep
import LockstepArguments

/// Where and how often a training is saved.
struct CheckpointArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write down all of the training now and then in this folder, to go on from after an interruption.",
            valueName: "folder"))
    var checkpoint: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "From one checkpoint to the next: 2epochs, 500steps or 60s; by default 1epoch.", valueName: "interval"),
        transform: { try Checkpoint.Interval($0) })
    var checkpointEvery: Checkpoint.Interval?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many checkpoints are kept, the newest; by default 3.", valueName: "count"))
    var keep: Int?
    @Flag(help: "Go on from the folder's newest checkpoint, in the middle of an epoch too; without one, begin.")
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
