import LockstepCompute
import LockstepLayers

extension Model {
    /// The names of the inputs and the outputs, those of the layers that give them: Keras's `input_names` and
    /// `output_names`.
    ///
    /// - Throws: `LayerError` if the layers do not fit together.
    public var inputNames: [String] {
        get throws(LayerError) { knowsInputShape || isBuilt ? try connect().inputNames : ["x"] }
    }
    public var outputNames: [String] {
        get throws(LayerError) {
            if knowsInputShape || isBuilt { return try connect().outputNames }
            try Graph.nameLayers(layers)
            return layers.suffix(1).map(\.name)
        }
    }

    /// The type of the elements of each input, and of each output: Keras's `dtype`. An input whose shape comes with the
    /// data is float32, or text if the first layer takes nothing else.
    ///
    /// - Throws: `LayerError` if the layers do not fit together.
    public var inputTypes: [DataType] {
        get throws(LayerError) { knowsInputShape || isBuilt ? try connect().inputTypes : [metInputType] }
    }
    public var outputTypes: [DataType] {
        get throws(LayerError) { try connect().outputTypes }
    }

    /// The shape of one row of each input, with nil for dimensions that differ between calls.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var inputShapes: [PartialShape] {
        get throws(LayerError) { try connect().inputShapes }
    }

    /// The shape of one row of each output, with nil for dimensions that depend on unknown ones of the inputs.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var outputShapes: [PartialShape] {
        get throws(LayerError) { try connect().outputShapes }
    }

    /// The shape of one row of the first input.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var inputShape: PartialShape {
        get throws(LayerError) { try inputShapes[0] }
    }

    /// The shape of one row of the first output.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var outputShape: PartialShape {
        get throws(LayerError) { try outputShapes[0] }
    }

    /// The shape of one row of each output, for inputs whose rows have shapes that the model takes.
    ///
    /// - Throws: `LayerError` of a layer that does not take them.
    package func outputShapes(for inputs: [Shape]) throws(LayerError) -> [Shape] {
        try connect().traced(for: inputs).outputSpecs.map(\.shape)
    }

    /// The activation that makes the first output; linear where none does.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    package var outputActivation: ActivationFunction {
        get throws(LayerError) { try connect().outputActivations[0] }
    }
}
