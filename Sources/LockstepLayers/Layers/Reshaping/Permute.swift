import LockstepCompute
import LockstepGraph

/// Puts the dimensions of each row into another order.
///
///     model.add(Permute(2, 1))      // [batch, 10, 64] becomes [batch, 64, 10]
public final class Permute: Layer {
    public let properties: LayerProperties
    /// For each dimension of the output, the number of the input's dimension, counted from 1.
    @Configured public private(set) var dims: [Int]

    public convenience init(_ dims: Int..., name: String = "") { self.init(dims: dims, name: name) }

    private init(dims: [Int], name: String) {
        properties = LayerProperties(name: name)
        self.dims = dims
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(dims: try arguments.value("dims"), name: "")
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec))
        guard dims.sorted() == Array(1..<dims.count + 1) else {
            throw .argument(
                layer: name, name: "dims", requirement: "the numbers from 1, each once", received: "\(dims)")
        }
        guard input.rank == dims.count else {
            throw .input(
                layer: name, requirement: "have the \(dims.count) dimension(s) of dims \(dims)", received: input)
        }
        return [transpose(inputs[0], dims.map { $0 - 1 })]
    }
}
