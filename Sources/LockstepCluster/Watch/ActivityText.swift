import LockstepCompute

extension Activity.Reading: CustomStringConvertible {
    /// What the rank is doing: `"training, epoch 2, step 14, backward of layer 'dense_1'"`.
    package var description: String {
        let place = (epoch > 0 ? ", epoch \(epoch)" : "") + (step > 0 ? ", step \(step)" : "")
        switch phase {
        case .program: return "the program's own work"
        case .start: return "start of MPI"
        case .preparation: return "checks of data and model"
        case .training: return "training\(place)\(partText)"
        case .evaluation: return "evaluation\(place)\(partText)"
        case .prediction: return "prediction\(place)\(partText)"
        case .end: return "end of the program"
        }
    }

    private var partText: String {
        switch part {
        case .none: ""
        case .data: ", rows of the batch"
        case .forward: ", forward" + (layer.map { " of layer '\($0)'" } ?? "")
        case .loss: ", loss"
        case .backward: ", backward" + (layer.map { " of layer '\($0)'" } ?? "")
        case .exchange: ", exchange of gradients"
        }
    }

    /// What the rank waits in: `"sum of 100 floats"`; nil if it does not wait.
    var callText: String? {
        switch call {
        case .none: nil
        case .start: "the start of MPI"
        case .barrier: "barrier"
        case .broadcast: "broadcast of \(detail) bytes"
        case .sum: "sum of \(detail) numbers"
        case .gather: "gathering of \(detail) bytes"
        case .share: "making of shared memory"
        case .exchange: "exchange of gradients"
        case .end: "the end of the job"
        case .receive: "message from rank \(detail)"
        case .send: "message to rank \(detail)"
        }
    }
}
