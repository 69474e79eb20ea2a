import LockstepCompute

/// A tensor without values, for describing a computation.
///
/// In a model it is the output of a layer, and the input of others. Inside a layer's `call` it is the output of an
/// operation, and has a spec.
public final class SymbolicTensor: Operand {
    /// Its origin: the call of a layer, or a trace of operations.
    package let source: any SymbolicSource
    /// Which of the trace's values it is; nil for the output of a layer in a model that is being described, and for
    /// text.
    package let value: OperationGraph.Value?
    /// Which of the layer's outputs it is, in a model that is being described; which of the trace's texts, for text.
    package let output: Int
    private let knownSpec: TensorSpec?
    /// Inside a layer's `call`, the positions of the tensor that count: 1 for a position that counts, else 0. Nil if
    /// all count. The row of the mask has the first dimensions of the tensor's row, usually `[time]`. Operations do not
    /// pass masks on; layers do (`Layer.computeMask`).
    public let mask: SymbolicTensor?
    /// The mask that Keras sees when it describes the model. `MultiHeadAttention` removes `mask` from its inputs, but
    /// not this one.
    package let describedMask: SymbolicTensor?

    /// An output of a layer in a model that is being described.
    package init(of source: any SymbolicSource, output: Int) {
        self.source = source
        self.output = output
        (value, knownSpec, mask, describedMask) = (nil, nil, nil, nil)
    }

    /// An input of text. No operation takes it.
    init(text: Int, spec: TensorSpec, in trace: Trace) {
        (source, output, knownSpec) = (trace, text, spec)
        (value, mask, describedMask) = (nil, nil, nil)
    }

    package convenience init(_ value: OperationGraph.Value, spec: TensorSpec, in trace: Trace) {
        self.init(value, spec: spec, in: trace, mask: nil, describedMask: nil)
    }

    private init(
        _ value: OperationGraph.Value, spec: TensorSpec, in trace: Trace, mask: SymbolicTensor?,
        describedMask: SymbolicTensor?
    ) {
        source = trace
        (self.mask, self.describedMask) = (mask, describedMask)
        self.value = value
        output = 0
        knownSpec = spec
    }

    /// The shape and kind of the tensor, inside a layer's `call`.
    public var spec: TensorSpec {
        guard let knownSpec else {
            preconditionFailure("a tensor between layers has no shape before the model is made; use it in a layer")
        }
        return knownSpec
    }

    /// The same tensor with another mask, or without one.
    public func masked(by mask: SymbolicTensor?) -> SymbolicTensor { masked(by: mask, described: mask) }

    package func masked(by mask: SymbolicTensor?, described: SymbolicTensor?) -> SymbolicTensor {
        guard let value, self.mask !== mask || describedMask !== described else { return self }
        return SymbolicTensor(value, spec: spec, in: trace, mask: mask, describedMask: described)
    }

    public func tensor(in trace: Trace) -> SymbolicTensor { self }
}

/// The origin of symbolic tensors.
package protocol SymbolicSource: AnyObject {
    /// Describes an operation on tensors of this origin as a layer of a model. Nil inside a layer's `call`, where the
    /// operation is applied.
    func describe(_ operation: DescribedOperation) -> SymbolicTensor?
}

/// An input of an operation: a symbolic tensor or a weight.
public protocol Operand {
    /// The operand as a tensor of a layer's operations.
    func tensor(in trace: Trace) -> SymbolicTensor
}

extension Weight: Operand {
    public func tensor(in trace: Trace) -> SymbolicTensor { trace.tensor(of: self) }
}

extension SymbolicTensor {
    /// Applies an operation to the tensor and others.
    public func applying(_ operation: any Operation, with others: [any Operand] = []) -> [SymbolicTensor] {
        trace.apply(operation, to: [self] + others)
    }

    /// Applies an operation that is made for the specs of its inputs, the tensor's and others', and gives its only
    /// output.
    func applying(
        with others: [any Operand] = [], _ make: (_ inputs: [TensorSpec]) throws(OperationError) -> any Operation
    ) -> SymbolicTensor {
        trace.apply(to: [self] + others, make)[0]
    }

    /// The operations of the layer's call that the tensor belongs to.
    package var trace: Trace {
        guard let trace = source as? Trace else {
            preconditionFailure("this operation applies to tensors inside a layer's call; between layers use a layer")
        }
        return trace
    }
}
