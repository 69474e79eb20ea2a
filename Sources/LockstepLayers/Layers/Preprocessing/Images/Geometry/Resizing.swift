import LockstepCompute
import LockstepGraph

/// Brings images to a size. Input `[batch, height, width, channels]`, output `[batch, height′, width′, channels]`.
///
/// By default the whole image is stretched. With `cropToAspectRatio` only the largest window in its middle of the
/// output's aspect ratio is used. With `padToAspectRatio` the image is first padded with `fillValue` to that ratio, as
/// much on one side as on the other. With `antialias`, where an image gets smaller, the interpolation takes in as many
/// more pixels. Default interpolation bilinear.
///
///     model.add(Resizing(224, 224, cropToAspectRatio: true))
public final class Resizing: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var height: Int
    @Configured public private(set) var width: Int
    @Configured public private(set) var interpolation: Interpolation
    @Configured public private(set) var cropToAspectRatio: Bool
    @Configured public private(set) var padToAspectRatio: Bool
    @Configured public private(set) var fillValue: Double
    @Configured public private(set) var antialias: Bool

    public init(
        _ height: Int, _ width: Int, interpolation: Interpolation = .bilinear, cropToAspectRatio: Bool = false,
        padToAspectRatio: Bool = false, fillValue: Double = 0, antialias: Bool = false, name: String = ""
    ) {
        self.height = height
        self.width = width
        self.interpolation = interpolation
        self.cropToAspectRatio = cropToAspectRatio
        self.padToAspectRatio = padToAspectRatio
        self.fillValue = fillValue
        self.antialias = antialias
        properties = LayerProperties(name: name)
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["fill_mode": "constant"] }
    static var changesInTrainingAlone: Bool { false }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("height"), try arguments.value("width"))
    }

    func checkArguments(_ image: Shape) throws(LayerError) {
        try checkSize(height, width)
        guard !cropToAspectRatio || !padToAspectRatio else {
            throw .argument(
                layer: name, name: "padToAspectRatio", requirement: "false with cropToAspectRatio", received: "true")
        }
    }

    func changed(_ images: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        let image = images.spec.shape
        let size = (height: height, width: width)
        var x = images
        if cropToAspectRatio {
            x = x.middle(ofAspectRatio: size)
        } else if padToAspectRatio {
            let rows = max(image[0], image[1] * height / width) - image[0]
            let columns = max(image[1], image[0] * width / height) - image[1]
            let value = Float(fillValue)
            if rows / 2 > 0 {
                x = pad(x, axis: 0, before: rows / 2, after: rows / 2, value: value)
            } else if columns / 2 > 0 {
                x = pad(x, axis: 1, before: columns / 2, after: columns / 2, value: value)
            }
        }
        return x.resized(to: size, by: interpolation, antialias: antialias)
    }
}

extension ImageLayer {
    /// Checks the size of the images that a layer gives.
    func checkSize(_ height: Int, _ width: Int) throws(LayerError) {
        for (argument, size) in [("height", height), ("width", width)] where size < 1 {
            throw .argument(layer: name, name: argument, requirement: "positive", received: "\(size)")
        }
    }
}

extension SymbolicTensor {
    /// The largest window in the middle of images that has the aspect ratio of a size.
    func middle(ofAspectRatio size: (height: Int, width: Int)) -> SymbolicTensor {
        let (height, width) = (spec.shape[0], spec.shape[1])
        let rows = Swift.max(Swift.min(height, width * size.height / size.width), 1)
        let columns = Swift.max(Swift.min(width, height * size.width / size.height), 1)
        let (top, left) = ((height - rows) / 2, (width - columns) / 2)
        return slice(slice(self, axis: 0, top..<top + rows), axis: 1, left..<left + columns)
    }

    /// Images of another size.
    func resized(
        to size: (height: Int, width: Int), by interpolation: Interpolation = .bilinear, antialias: Bool = false
    ) -> SymbolicTensor {
        var x = self
        for (axis, length) in [size.height, size.width].enumerated() where length != spec.shape[axis] {
            x = LockstepLayers.resized(x, axis: axis, to: length, by: interpolation, antialias: antialias)
        }
        return x
    }
}
