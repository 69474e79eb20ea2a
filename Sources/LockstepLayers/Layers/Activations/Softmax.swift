import LockstepCompute
import LockstepGraph

/// `y = e^x / Σ e^x`, the sum over one dimension. Input and output `[batch, …]`. Default: the last dimension.
///
///     model.add(Softmax())
public final class Softmax: Layer {
    public let properties: LayerProperties
    /// The dimension; the batch is dimension 0.
    @Configured public private(set) var axis: Axes

    public init(axis: Axes = -1, name: String = "") {
        self.axis = axis
        properties = LayerProperties(name: name)
    }

    public static var takesMask: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try place(single(inputs))
    }

    /// The place of the dimension in a row.
    private func place(_ input: Shape) throws(LayerError) -> Int {
        guard let places = axis.counted(rank: input.rank + 1), places.count == 1, let place = places.first, place > 0
        else {
            throw .argument(
                layer: name, name: "axis", requirement: "one dimension behind the batch, of \(input.rank)",
                received: "\(axis.values)")
        }
        return place - 1
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let x = inputs[0]
        // Keras broadcasts a mask from the last dimension on, which a mask of steps seldom fits.
        if let mask = x.mask {
            throw .mask(layer: name, requirement: "be left out", received: mask.spec.shape)
        }
        let (rank, place) = (x.spec.shape.rank, try place(x.spec.shape))
        guard place < rank - 1 else { return [softmax(x)] }
        let order = (0..<rank).filter { $0 != place } + [place]
        let back = (0..<rank).map { order.firstIndex(of: $0)! }
        return [transpose(softmax(transpose(x, order)), back)]
    }
}
