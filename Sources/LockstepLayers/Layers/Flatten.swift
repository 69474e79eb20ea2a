import LockstepCompute

/// Makes one dimension of all but the batch's: `[batch, a, b, …]` becomes `[batch, a·b·…]`. The elements stay where they are.
public final class Flatten: Layer {
    public var name: String

    public init(name: String = "") { self.name = name }

    public static var fixedArguments: [String: ConfigurationValue] { ["data_format": "channels_last"] }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape { [try single(inputs).count] }
    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory { LayerMemory(outputSharesInput: true) }
    public func forward(_ pass: Forward) {}
    public func backward(_ pass: Backward) {}
}
