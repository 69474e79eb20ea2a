import LockstepCompute
import LockstepGraph

/// A recurrent layer with any cell.
///
/// Input `[batch, time, …]`, and if given the cell's states before the first step. Output: the cell's output at the last
/// step, or with `returnSequences` at every step, `[batch, time, …]`; with `returnState` also the states after the last
/// step. The states are zero before the first step by default.
///
/// A masked step keeps the states. Its output is the cell's first state, or zero with `zeroOutputForMask`; with
/// `unroll` it is the output of the step before.
///
///     model.add(RNN(LSTMCell(64)))
///     model.add(RNN([GRUCell(64), GRUCell(32)], returnSequences: true))
public final class RNN: RecurrentLayer {
    public let properties: LayerProperties
    @Configured("cell") private var inner: InnerLayer
    public var recurrence: RecurrenceArguments
    /// The input's shape, if the layer is the first: `[time, …]`.
    public let inputShape: PartialShape?

    public init(
        _ cell: any RecurrentCell, returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false,
        stateful: Bool = false,
        unroll: Bool = false, zeroOutputForMask: Bool = false, activityRegularizer: Regularizer? = nil,
        inputShape: PartialShape? = nil, name: String = ""
    ) {
        recurrence = RecurrenceArguments(
            returnSequences: returnSequences, returnState: returnState, goBackwards: goBackwards, stateful: stateful,
            unroll: unroll,
            zeroOutputForMask: zeroOutputForMask)
        self.inputShape = inputShape
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
        inner = InnerLayer(cell)
    }

    /// A layer with several cells, one on another: `StackedRNNCells`.
    public convenience init(
        _ cells: [any RecurrentCell], returnSequences: Bool = false, returnState: Bool = false,
        goBackwards: Bool = false, stateful: Bool = false, unroll: Bool = false, zeroOutputForMask: Bool = false,
        activityRegularizer: Regularizer? = nil, inputShape: PartialShape? = nil, name: String = ""
    ) {
        self.init(
            StackedRNNCells(cells), returnSequences: returnSequences, returnState: returnState,
            goBackwards: goBackwards, stateful: stateful, unroll: unroll, zeroOutputForMask: zeroOutputForMask,
            activityRegularizer: activityRegularizer, inputShape: inputShape, name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        let inner: InnerLayer = try arguments.value("cell")
        guard let cell = inner.layer as? any RecurrentCell else {
            throw arguments.argument("cell").mismatch("a cell of a recurrent layer")
        }
        self.init(cell)
    }

    public var recurrentCell: any RecurrentCell {
        guard let cell = inner.layer as? any RecurrentCell else {
            preconditionFailure("a recurrent layer with \(inner.layer.name), which is no cell")
        }
        return cell
    }
    public var sublayers: [any Layer] { [inner.layer] }
    public var sequenceDimensions: [String]? { nil }
}
