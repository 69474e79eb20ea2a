/// Constructors people know from NumPy.
extension Tensor {
    public static func zeros(_ shape: Shape, type: DataType = .float32) -> Tensor {
        Tensor(FloatBuffer(count: shape.count), shape: shape, type: type)
    }

    public static func full(_ shape: Shape, _ value: Float, type: DataType = .float32) -> Tensor {
        let result = zeros(shape, type: type)
        result.fill(value)
        return result
    }

    public static func ones(_ shape: Shape) -> Tensor { full(shape, 1) }

    /// `count` values from `start` to `end`, both included, at equal distances.
    public static func linspace(_ start: Float, _ end: Float, count: Int) -> Tensor {
        let step = count > 1 ? (Double(end) - Double(start)) / Double(count - 1) : 0
        var values = (0..<count).map { Float(Double(start) + Double($0) * step) }
        if count > 1 { values[count - 1] = end }
        return Tensor(values)
    }

    /// The values `start`, `start + step`, … below `end` (above it, for a negative step).
    public static func arange(_ start: Float, _ end: Float, step: Float = 1) -> Tensor {
        precondition(step != 0, "arange needs a step other than 0")
        let count = max(0, Int(((Double(end) - Double(start)) / Double(step)).rounded(.up)))
        return Tensor((0..<count).map { Float(Double(start) + Double($0) * Double(step)) })
    }

    /// `arange(0, end)`.
    public static func arange(_ end: Float) -> Tensor { arange(0, end) }

    /// Independent uniform values in [`low`, `high`); the same for the same seed.
    public static func uniform(_ shape: Shape, low: Float = 0, high: Float = 1, seed: UInt64) -> Tensor {
        let result = zeros(shape)
        RandomStream(seed: seed, purpose: .tensor, index: 2).fillUniform(result, low: low, high: high)
        return result
    }

    /// Independent normal values; the same for the same seed.
    public static func normal(_ shape: Shape, mean: Float = 0, standardDeviation: Float = 1, seed: UInt64) -> Tensor {
        let result = zeros(shape)
        RandomStream(seed: seed, purpose: .tensor, index: 3).fillNormal(
            result, mean: mean, standardDeviation: standardDeviation)
        return result
    }
}
