import LockstepCompute
import LockstepGraph

/// Gives each row another shape with the same number of elements. One dimension may be −1: it is inferred. The elements
/// keep their order.
///
///     model.add(Reshape(8, 8, -1))      // [batch, 64] becomes [batch, 8, 8, 1]
public final class Reshape: Layer {
    public let properties: LayerProperties
    @Configured("target_shape") public private(set) var target: [Int]

    public convenience init(_ target: Int..., name: String = "") { self.init(target: target, name: name) }

    private init(target: [Int], name: String) {
        properties = LayerProperties(name: name)
        self.target = target
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(target: try arguments.value("target_shape"), name: "")
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec))
        let known = target.filter { $0 != -1 }
        guard known.allSatisfy({ $0 > 0 }), target.count - known.count <= 1, !target.isEmpty else {
            throw .argument(
                layer: name, name: "the target shape", requirement: "positive dimensions, of which one may be -1",
                received: "\(target)")
        }
        let product = Shape(known).count
        guard known.count == target.count ? product == input.count : input.count.isMultiple(of: product) else {
            throw .input(layer: name, requirement: "hold the elements of the target shape \(target)", received: input)
        }
        return [reshape(inputs[0], Shape(target.map { $0 == -1 ? input.count / product : $0 }))]
    }
}
