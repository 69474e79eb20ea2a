/// The ends of a model that is being described: one tensor, or a list in the model's order.
public protocol SymbolicTensorGroup {
    var symbolicTensors: [SymbolicTensor] { get }
}

extension SymbolicTensor: SymbolicTensorGroup {
    public var symbolicTensors: [SymbolicTensor] { [self] }
}

extension [SymbolicTensor]: SymbolicTensorGroup {
    public var symbolicTensors: [SymbolicTensor] { self }
}
