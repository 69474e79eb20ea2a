import LockstepCompute
import LockstepLayers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An error in a call of a model. Each case names the argument and carries the received value.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
    case notCompiled(call: String)
    /// A call that would train a model that is a layer of another model.
    case inside(model: String, other: String, call: String)
    case argument(String, requirement: String, received: String)
    case noData(call: String)
    /// Numbers of data that the model's input does not hold.
    case elements(argument: String, ComputeError)
    case rowCounts(argument: String = "", x: Int, y: Int)
    /// A batch with another number of rows than a stateful layer has states of.
    case batchSize(layer: String, expected: Int, received: Int)
    case inputShape(argument: String = "x", expected: PartialShape, received: Shape)
    case targets(argument: String = "y", requirement: String, received: String)
    /// A number in the data that is NaN or infinite.
    case notFiniteData(argument: String, received: String, place: String)
    /// A weight that is NaN or infinite.
    case notFiniteWeight(layer: String, name: String, received: String, place: String)
    case metric(name: String, outputs: Shape, targets: Shape)
    case validationSplit(samples: Int, received: Double)
    /// A limit that training cannot keep, and the smallest that it can, in bytes.
    case memoryLimit(received: Int, smallest: Int)
    case notFinite(epoch: Int, step: Int, loss: Double)
    case noLayer(named: String, present: [String])
    /// Data on some ranks only: it must be on all ranks, or on rank 0 alone.
    case dataOnSomeRanks([Int])
    /// Ranks with different arguments, found before the first step.
    case ranksDiffer(what: String, ranks: [Int], detail: String)
    /// Ranks whose weights are no longer rank 0's after an epoch: memory or a message was damaged.
    case weightsDiffer(epoch: Int, ranks: [Int], hosts: [String])
    /// A checkpoint that belongs to another training.
    case checkpoint(file: String, what: String, then: String, now: String)
    /// Checkpoints of another training, which this one would overwrite.
    case checkpointsPresent(folder: String)
    /// `restoreLastGoodEpoch` without an epoch to go back to.
    case noGoodEpoch
    /// Standard output could not be written. Everything else succeeded.
    case output(reason: String)
    /// A signal asked the program to end during training. `checkpoint` is the last checkpoint, if there is a folder for
    /// checkpoints.
    case interrupted(signal: Int32, epoch: Int, step: Int, checkpoint: String?)
    /// An error on another rank.
    case onRank(Int, host: String, message: String)

    public var description: String {
        switch self {
        case .inside(let model, let other, let call):
            "\(call) cannot train the model '\(model)' alone, because it is a layer of the model '\(other)', which holds its weights; train '\(other)', "
                + "with other layers frozen"
        case .notCompiled(let call): "\(call) needs a compiled model; call compile(optimizer:loss:) first"
        case .argument(let name, let requirement, let received): "\(name) must be \(requirement), received: \(received)"
        case .elements(let argument, let error): "\(argument): \(error)"
        case .noData(let call): "\(call) needs data on rank 0, or the same on every rank; received none"
        case .rowCounts(let argument, let x, let y):
            "x and y\(argument) must have the same number of rows, received: \(x) and \(y)"
        case .batchSize(let layer, let expected, let received):
            "layer '\(layer)' is stateful and takes batches of \(expected) rows, received: \(received); "
                + "batchSize must be \(expected), and divide the number of samples"
        case .inputShape(let argument, let expected, let received):
            "rows of \(argument) must have the shape \(expected) of the model's input, received: \(received)"
        case .targets(let argument, let requirement, let received):
            "\(argument) must hold \(requirement), received: \(received)"
        case .notFiniteData(let argument, let received, let place):
            "\(argument) must hold finite numbers, received: \(received) in \(place), counted from 0; fill the gap or leave out the row"
        case .notFiniteWeight(let layer, let name, let received, let place):
            "layer '\(layer)': \(name) must hold finite numbers, received: \(received) in \(place), counted from 0; "
                + "load earlier weights"
        case .metric(let name, let outputs, let targets):
            "metric '\(name)' cannot compare outputs of rows \(outputs) with targets of rows \(targets)"
        case .validationSplit(let samples, let received):
            "validationSplit must leave samples for training and for validation, received: \(received) of \(samples) samples"
        case .memoryLimit(let received, let smallest):
            "memoryLimit must be \(smallest) bytes or more for this model and batchSize, received: \(received)"
        case .notFinite(let epoch, let step, let loss):
            "the loss became \(loss.plainDescription) in epoch \(epoch + 1), step \(step + 1); lower the learning rate, or scale the data"
        case .noLayer(let name, let present):
            "the model has no layer '\(name)'; it has \(present.joined(separator: ", "))"
        case .dataOnSomeRanks(let ranks):
            "data must be on every rank or on rank 0 alone, received it on \(Self.list(ranks))"
        case .ranksDiffer(let what, let ranks, let detail):
            "all ranks must be given the same \(what), but that of \(Self.list(ranks)) differs from rank 0's: \(detail)"
        case .weightsDiffer(let epoch, let ranks, let hosts):
            "after epoch \(epoch + 1) the weights of \(Self.list(ranks)) on \(hosts.joined(separator: ", ")) are not rank 0's; "
                + "memory or messages of one of them are damaged, so go back to weights from before"
        case .checkpoint(let file, let what, let then, let now):
            "\(file) is of a training with another \(what), so it cannot go on from there: that had \(then), this has \(now)"
        case .checkpointsPresent(let folder):
            "\(folder) holds checkpoints of a training before this one; go on from them with resume, or take another folder"
        case .interrupted(let signal, let epoch, let step, let checkpoint):
            "Interrupted by \(signal == SIGINT ? "SIGINT" : signal == SIGHUP ? "SIGHUP" : "SIGTERM") in epoch \(epoch + 1) after step \(step); "
                + (checkpoint.map { "\($0) has everything, to go on with resume" }
                    ?? "nothing was saved to go on from: there is no folder for checkpoints (--checkpoint)")
        case .noGoodEpoch:
            "there is no good epoch to go back to; tell fit to keepLastGood, and look at lastGoodEpoch first"
        case .output(let reason): "standard output could not be written: \(reason)"
        case .onRank(let rank, let host, let message): "on rank \(rank) on \(host): \(message)"
        }
    }

    /// `"rank 1"`, `"ranks 1, 2"`.
    private static func list(_ ranks: [Int]) -> String {
        "rank\(ranks.count == 1 ? "" : "s") " + ranks.map(String.init).joined(separator: ", ")
    }
}
