import LockstepCompute
import LockstepGraph

/// Repeats each row: input `[batch, features]`, output `[batch, n, features]`.
///
///     model.add(RepeatVector(3))
public final class RepeatVector: Layer {
    public let properties: LayerProperties
    /// How many times each row is repeated.
    @Configured public private(set) var n: Int

    public init(_ n: Int, name: String = "") {
        self.n = n
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("n")) }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec))
        guard n > 0 else { throw .argument(layer: name, name: "n", requirement: "positive", received: "\(n)") }
        guard input.rank == 1 else { throw .input(layer: name, requirement: "be a row of features", received: input) }
        return [tiled(reshape(inputs[0], input.rows(1)), count: n, axis: 0)]
    }
}
