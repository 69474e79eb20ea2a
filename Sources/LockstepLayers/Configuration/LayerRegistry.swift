/// The layers that can be read from files, by their class names.
package struct LayerRegistry {
    /// One line for each layer.
    package static var builtIn: [any Layer.Type] {
        [
            Activation.self,
            ActivityRegularization.self,
            AdaptiveAveragePooling1D.self,
            AdaptiveAveragePooling2D.self,
            AdaptiveAveragePooling3D.self,
            AdaptiveMaxPooling1D.self,
            AdaptiveMaxPooling2D.self,
            AdaptiveMaxPooling3D.self,
            Add.self,
            AdditiveAttention.self,
            AlphaDropout.self,
            Attention.self,
            AugMix.self,
            AutoContrast.self,
            Average.self,
            AveragePooling1D.self,
            AveragePooling2D.self,
            AveragePooling3D.self,
            BatchNormalization.self,
            Bidirectional.self,
            CategoryEncoding.self,
            CenterCrop.self,
            Concatenate.self,
            ContrastLimitedAdaptiveHistogramEqualization.self,
            Conv1D.self,
            Conv1DTranspose.self,
            Conv2D.self,
            Conv2DTranspose.self,
            Conv3D.self,
            Conv3DTranspose.self,
            ConvLSTM1D.self,
            ConvLSTM2D.self,
            ConvLSTM3D.self,
            Cropping1D.self,
            Cropping2D.self,
            Cropping3D.self,
            CustomScaleLayer.self,
            CutMix.self,
            Dense.self,
            DepthwiseConv1D.self,
            DepthwiseConv2D.self,
            Discretization.self,
            Dot.self,
            Dropout.self,
            EinsumDense.self,
            ELU.self,
            Embedding.self,
            Equalization.self,
            Flatten.self,
            GaussianDropout.self,
            GaussianNoise.self,
            GlobalAveragePooling1D.self,
            GlobalAveragePooling2D.self,
            GlobalAveragePooling3D.self,
            GlobalMaxPooling1D.self,
            GlobalMaxPooling2D.self,
            GlobalMaxPooling3D.self,
            GroupNormalization.self,
            GroupQueryAttention.self,
            GRU.self,
            GRUCell.self,
            HashedCrossing.self,
            Hashing.self,
            Identity.self,
            InputLayer.self,
            IntegerLookup.self,
            LayerNormalization.self,
            LayerScale.self,
            LeakyReLU.self,
            LSTM.self,
            LSTMCell.self,
            Masking.self,
            Maximum.self,
            MaxNumBoundingBoxes.self,
            MaxPooling1D.self,
            MaxPooling2D.self,
            MaxPooling3D.self,
            MelSpectrogram.self,
            Minimum.self,
            MixUp.self,
            MultiHeadAttention.self,
            Multiply.self,
            Normalization.self,
            Permute.self,
            Pipeline.self,
            PReLU.self,
            RandAugment.self,
            RandomBrightness.self,
            RandomColorDegeneration.self,
            RandomColorJitter.self,
            RandomContrast.self,
            RandomCrop.self,
            RandomElasticTransform.self,
            RandomErasing.self,
            RandomFlip.self,
            RandomGaussianBlur.self,
            RandomGrayscale.self,
            RandomHue.self,
            RandomInvert.self,
            RandomPerspective.self,
            RandomPosterization.self,
            RandomRotation.self,
            RandomSaturation.self,
            RandomSharpness.self,
            RandomShear.self,
            RandomTranslation.self,
            RandomZoom.self,
            ReLU.self,
            RepeatVector.self,
            Rescaling.self,
            Reshape.self,
            Resizing.self,
            ReversibleEmbedding.self,
            RMSNormalization.self,
            RNN.self,
            SeparableConv1D.self,
            SeparableConv2D.self,
            SimpleRNN.self,
            SimpleRNNCell.self,
            Softmax.self,
            Solarization.self,
            SpatialDropout1D.self,
            SpatialDropout2D.self,
            SpatialDropout3D.self,
            SpectralNormalization.self,
            StackedRNNCells.self,
            STFTSpectrogram.self,
            StringLookup.self,
            Subtract.self,
            TextVectorization.self,
            TimeDistributed.self,
            UnitNormalization.self,
            UpSampling1D.self,
            UpSampling2D.self,
            UpSampling3D.self,
            ZeroPadding1D.self,
            ZeroPadding2D.self,
            ZeroPadding3D.self,
        ]
    }

    private let types: [String: any Layer.Type]
    /// Makes a model that is an argument of a layer. It returns nil if the value is not a model.
    package var model: ((ConfigurationValue) throws(LayerError) -> (any Layer)?)?
    package var names: [String] { types.keys.sorted() }

    /// - Parameter custom: a program's own layers. They replace built-in layers of the same name.
    package init(custom: [any Layer.Type] = []) {
        types = Dictionary((Self.builtIn + custom).map { ($0.className, $0) }) { $1 }
    }

    /// The arguments of a layer class that Keras has in `call`.
    package func callArguments(of className: String) -> [String] {
        let type = types[className] ?? types[FormerNames.modern(className, [:], kerasVersion: 3).className]
        return type?.callArguments ?? []
    }

    /// The arguments of a layer class that Keras has in `call`, and that each call has for itself.
    package func callFlags(of className: String) -> [String] { types[className]?.callFlags ?? [] }

    /// Whether a configuration has names that only Keras 1 has.
    package static func isOfKeras1(_ value: ConfigurationValue) -> Bool { FormerNames.areOfKeras1(value) }

    /// Makes a layer of a class from the arguments of Keras's `get_config()`.
    ///
    /// - Parameters:
    ///   - kerasVersion: the major version of the Keras that wrote them.
    ///   - isKeras: whether the class is one of Keras's; false for a program's own.
    /// - Throws: `LayerError.unknownName`, which lists the known classes; `LayerError.ofPython` for a class whose
    ///   computation is a program in Python; `LayerError.argument` for an argument that is missing, of a wrong type or
    ///   not supported.
    package func layer(
        _ className: String, _ configuration: [String: ConfigurationValue], kerasVersion: Int = 3, isKeras: Bool = true
    ) throws(LayerError) -> any Layer {
        let (className, configuration) =
            types[className] == nil
            ? FormerNames.modern(className, configuration, kerasVersion: kerasVersion)
            : (className, FormerNames.modern(className, configuration, kerasVersion: kerasVersion).configuration)
        guard let type = types[className] else {
            if !isKeras || className == "Lambda" {
                throw .ofPython(
                    layer: configuration["name"]?.string ?? className, className: className,
                    arguments: .object(configuration))
            }
            throw .unknownName(kind: "layer class", known: names, received: className)
        }
        let arguments = LayerArguments(
            configuration, of: .layer(configuration["name"]?.string ?? className), kerasVersion: kerasVersion,
            registry: self)
        let name: String = try arguments.optional("name") ?? ""
        let isTrainable: Bool = try arguments.optional("trainable") ?? true
        try arguments.requireCommon(takesIntegers: type.takesIntegerTypes, takesText: type.takesTextType)
        let layer = try arguments.layer(of: type)
        layer.name = name
        // Only this layer: the layers within it have their own setting.
        layer.properties.isTrainable = isTrainable
        layer.properties.activityRegularizer = try arguments.optional("activity_regularizer")
        try arguments.finish(layer.configuration)
        return layer
    }
}
