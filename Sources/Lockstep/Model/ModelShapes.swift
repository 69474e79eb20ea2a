import LockstepCompute
import LockstepLayers

extension Model {
    /// The shape of one row of input.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var inputShape: Shape {
        get throws(LayerError) { try connect().nodes[0].shape }
    }

    /// The shape of one row of output.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var outputShape: Shape {
        get throws(LayerError) { try connect().nodes.last?.shape ?? [] }
    }

    /// The activation that makes the output; linear where none does.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    package var outputActivation: ActivationFunction {
        get throws(LayerError) { try connect().outputActivation }
    }
}
