import LockstepCompute

extension Initializer {
    /// What the shape of a weight must have for this initializer; nil if `shape` fits.
    func requirement(_ shape: Shape) -> String? {
        switch kind {
        case .orthogonal where shape.rank < 2: "at least two dimensions"
        case .identity where shape.rank != 2: "two dimensions"
        case .stft(let transform): transform.requirement(shape)
        case .varianceScaling(_, _, _, let axes?) where axes.counted(rank: shape.rank) == nil:
            "dimensions \(axes.input) and \(axes.output)"
        default: nil
        }
    }

    /// What is wrong with the arguments; nil if nothing is.
    var mistake: (argument: String, requirement: String, received: String)? {
        guard case .varianceScaling(let scale, _, _, _) = kind, !(scale > 0 && scale.isFinite) else { return nil }
        return ("the scale of the initializer", "a positive number", "\(scale)")
    }

    /// Fills a weight with its initial values.
    ///
    /// - Parameters:
    ///   - seed: the model's seed. If the initializer has a seed of its own, that one is used.
    ///   - index: the weight's place in the model, so that two weights do not get the same values.
    func fill(_ values: Tensor, seed modelSeed: UInt64, index: Int) {
        let stream = RandomStream(seed: seed ?? modelSeed, purpose: .initialWeights, index: seed == nil ? index : 0)
        switch kind {
        case .zeros: values.fill(0)
        case .ones: values.fill(1)
        case .constant(let value): values.fill(value)
        case .normal(let mean, let deviation): stream.fillNormal(values, mean: mean, standardDeviation: deviation)
        case .truncatedNormal(let mean, let deviation):
            stream.fillTruncatedNormal(values, mean: mean, standardDeviation: deviation)
        case .uniform(let low, let high): stream.fillUniform(values, low: low, high: high)
        case .varianceScaling(let scale, let mode, let distribution, let axes):
            let variance = scale / max(1, Self.fan(values.shape, mode, axes))
            switch distribution {
            case .truncatedNormal:
                // A standard normal distribution cut at two standard deviations has variance 0.87962566103423978².
                let deviation = Float(variance.squareRoot() / 0.87962566103423978)
                stream.fillTruncatedNormal(values, mean: 0, standardDeviation: deviation)
            case .untruncatedNormal: stream.fillNormal(values, mean: 0, standardDeviation: Float(variance.squareRoot()))
            case .uniform:
                let limit = Float((3 * variance).squareRoot())
                stream.fillUniform(values, low: -limit, high: limit)
            }
        case .orthogonal(let gain): Self.fillOrthogonal(values, gain: gain, stream: stream)
        case .identity(let gain):
            for row in 0..<values.shape[0] {
                for column in 0..<values.shape[1] { values[row, column] = row == column ? gain : 0 }
            }
        case .stft(let transform): transform.fill(values)
        }
    }

    private static func fan(_ shape: Shape, _ mode: FanMode, _ axes: FanAxes?) -> Double {
        let fanIn: Int
        let fanOut: Int
        if let axes = axes?.counted(rank: shape.rank) {
            fanIn = axes.input.reduce(1) { $0 * shape[$1] }
            fanOut = axes.output.reduce(1) { $0 * shape[$1] }
        } else {
            let field = shape.dimensions.dropLast(2).reduce(1, *)
            fanIn = shape.rank >= 2 ? shape[shape.rank - 2] * field : shape.first ?? 1
            fanOut = shape.rank >= 2 ? shape[shape.rank - 1] * field : shape.first ?? 1
        }
        return switch mode {
        case .fanIn: Double(fanIn)
        case .fanOut: Double(fanOut)
        case .fanAverage: Double(fanIn + fanOut) / 2
        }
    }

    /// Fills with Q of the QR factorization of a matrix of normal random numbers. The diagonal of R is positive.
    private static func fillOrthogonal(_ values: Tensor, gain: Float, stream: RandomStream) {
        let columns = values.shape.last ?? 1
        let rows = columns == 0 ? 0 : values.count / columns
        let (length, vectors) = (max(rows, columns), min(rows, columns))
        let normal = Tensor.zeros([vectors, length])
        stream.fillNormal(normal, mean: 0, standardDeviation: 1)
        let basis = normal.orthonormalRows()
        for row in 0..<rows {
            for column in 0..<columns {
                values[row * columns + column] =
                    gain * Float(basis[rows >= columns ? column * length + row : row * length + column])
            }
        }
    }
}
