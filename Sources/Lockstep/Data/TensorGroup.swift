import LockstepCompute

/// The tensors for a model's inputs or outputs: one tensor, a list in the model's order, or a dictionary by name.
///
///     try model.fit([text, price], ["score": score, "kind": kind])
public protocol TensorGroup {
    /// The tensors in the order of names.
    ///
    /// - Parameter argument: what the group is called in errors.
    /// - Throws: `TrainingError.argument` for other names, or another number of tensors.
    func tensors(named names: [String], argument: @autoclosure () -> String) throws(TrainingError) -> [Tensor]
}

extension Tensor: TensorGroup {
    public func tensors(named names: [String], argument: @autoclosure () -> String) throws(TrainingError) -> [Tensor] {
        try [self].tensors(named: names, argument: argument())
    }
}

extension Array: TensorGroup where Element == Tensor {
    public func tensors(named names: [String], argument: @autoclosure () -> String) throws(TrainingError) -> [Tensor] {
        guard count == names.count else {
            throw .argument(argument(), requirement: "\(names.count) tensor(s), for \(names)", received: "\(count)")
        }
        return self
    }
}

extension Dictionary: TensorGroup where Key == String, Value == Tensor {
    public func tensors(named names: [String], argument: @autoclosure () -> String) throws(TrainingError) -> [Tensor] {
        guard Set(keys) == Set(names) else {
            throw .argument(
                argument(), requirement: "tensors for \(names.sorted())", received: "tensors for \(keys.sorted())")
        }
        return names.map { self[$0]! }
    }
}
