import LockstepCompute

/// One of Keras's operations, `keras.ops`, on tensors between the layers of a model.
package struct DescribedOperation {
    /// A value that the operation is called with.
    package indirect enum Value {
        case tensor(SymbolicTensor)
        case number(Float)
        case constant(Tensor)
        case integer(Int)
        case text(String)
        case flag(Bool)
        /// The elements of a dimension from one place to another; nil: all of them.
        case range(Range<Int>?, step: Int)
        case list([Value])
        case none
    }

    /// Keras's name, such as `"TrueDivide"`.
    package let name: String
    package let arguments: [Value]
    /// What belongs to the operation and not to the call, by Keras's names.
    package let options: [String: Value]
}

extension SymbolicTensor {
    /// An operation between layers, as a layer of the model that is being described; nil inside a layer's `call`.
    ///
    /// - Parameter arguments: of the call; nil: the tensor alone.
    func described(
        _ name: String, _ arguments: [DescribedOperation.Value]? = nil,
        _ options: [String: DescribedOperation.Value] = [:]
    ) -> SymbolicTensor? {
        source.describe(DescribedOperation(name: name, arguments: arguments ?? [.tensor(self)], options: options))
    }

    /// As `described`, for an operation with an operand behind the tensor. Nil too for weights.
    func described(_ name: String, with other: any Operand) -> SymbolicTensor? {
        if let array = other as? Tensor { return described(name, [.tensor(self), .constant(array)]) }
        return (other as? SymbolicTensor).flatMap { described(name, [.tensor(self), .tensor($0)]) }
    }

    /// As `described`, for an operation with a number behind the tensor.
    func described(_ name: String, with number: Float) -> SymbolicTensor? {
        described(name, [.tensor(self), .number(number)])
    }
}

/// Keras counts the dimensions of a tensor from the batch, operations here from the first behind it.
func kerasAxis(_ axis: Int) -> DescribedOperation.Value { .integer(axis < 0 ? axis : axis + 1) }
