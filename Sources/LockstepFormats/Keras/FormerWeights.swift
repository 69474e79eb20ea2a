import LockstepCompute
import LockstepLayers

/// The weights of layers in `.h5` files in the forms that Keras 1 and 2 gave them (`preprocess_weights_for_loading` of
/// Keras 2).
struct FormerWeights {
    /// Whether convolutions have kernels that are mirrored, as those of Theano.
    let isMirrored: Bool

    /// - Parameter backend: the name of what Keras computed with.
    init(backend: String?) { isMirrored = backend == "theano" }

    /// A layer's arrays in the form of Keras 3.
    func modern(_ arrays: [Tensor], for layer: any Layer) -> [Tensor] {
        switch layer {
        case let layer as Bidirectional:
            let half = arrays.count / 2
            return modern(Array(arrays[..<half]), for: layer.forwardLayer)
                + (layer.backwardLayer.map { modern(Array(arrays[half...]), for: $0) } ?? [])
        case let layer as TimeDistributed: return modern(arrays, for: layer.layer)
        case let model as any GraphLayer: return modernModel(arrays, model)
        case is LSTM: return lstm(arrays)
        case is GRU: return gru(arrays)
        case is Conv1D, is Conv2D: return convolution(arrays, rank: layer is Conv1D ? 3 : 4)
        default: return arrays
        }
    }

    /// The arrays of a model's layers: first those that are trained, layer by layer, then the others. Layers whose
    /// number of arrays has changed are left as they are.
    private func modernModel(_ arrays: [Tensor], _ model: any GraphLayer) -> [Tensor] {
        let layers = (model.knownGraph?.layers ?? model.sublayers).map { LayerWeights($0) }
        let counts = layers.map { layer in
            (trained: layer.parameters.filter(\.isTrainable).count, all: layer.parameters.count)
        }
        guard counts.reduce(0, { $0 + $1.all }) == arrays.count else { return arrays }
        var (trained, other) = ([Tensor](), [Tensor]())
        var (first, second) = (0, counts.reduce(0) { $0 + $1.trained })
        for (layer, count) in zip(layers, counts) {
            let (middle, end) = (first + count.trained, second + count.all - count.trained)
            let values = modern(Array(arrays[first..<middle] + arrays[second..<end]), for: layer.layer)
            guard values.count == count.all else { return arrays }
            trained += values[..<count.trained]
            other += values[count.trained...]
            (first, second) = (middle, end)
        }
        return trained + other
    }

    /// Keras 1 had arrays for each gate, in the order i, c, f, o. CuDNN's layer has kernels of its own, and two biases.
    private func lstm(_ arrays: [Tensor]) -> [Tensor] {
        if arrays.count == 12 {
            return (0..<3).map { kind in Self.joined([0, 6, 3, 9].map { arrays[$0 + kind] }) }
        }
        guard arrays.count == 3, let units = arrays[1].shape.first, arrays[2].shape == [8 * units],
            let kernels = cudnn(arrays, gates: 4)
        else { return arrays }
        let bias = Tensor.zeros([4 * units])
        for index in 0..<bias.count { bias[index] = arrays[2][index] + arrays[2][bias.count + index] }
        return kernels + [bias]
    }

    /// Keras 1 had arrays for each gate, in the order z, r, h. CuDNN's layer has kernels of its own.
    private func gru(_ arrays: [Tensor]) -> [Tensor] {
        if arrays.count == 9 {
            return (0..<3).map { kind in Self.joined([0, 3, 6].map { arrays[$0 + kind] }) }
        }
        guard arrays.count == 3, let units = arrays[1].shape.first, arrays[2].shape == [6 * units],
            let kernels = cudnn(arrays, gates: 3)
        else { return arrays }
        return kernels + [arrays[2].part(at: 0, shape: [2, 3 * units])]
    }

    /// Arrays side by side along their last dimension, each with as many rows.
    private static func joined(_ arrays: [Tensor]) -> Tensor {
        guard let first = arrays.first, arrays.allSatisfy({ $0.shape == first.shape }), let width = first.shape.last
        else {
            return arrays.first ?? .zeros([0])
        }
        let total = width * arrays.count
        let result = Tensor.zeros(first.shape.replacingLast(with: total))
        for (number, array) in arrays.enumerated() {
            for index in 0..<array.count {
                result[index / width * total + number * width + index % width] = array[index]
            }
        }
        return result
    }

    /// The kernel and the recurrent kernel of CuDNN's layer in Keras's form; nil if their shapes do not fit. Each gate
    /// has a block of columns, which holds the transposed matrix, in the kernel with the rows of its memory as they
    /// are.
    private func cudnn(_ arrays: [Tensor], gates: Int) -> [Tensor]? {
        let (kernel, recurrent) = (arrays[0], arrays[1])
        let units = recurrent.shape[0]
        guard kernel.shape.rank == 2, kernel.shape[1] == gates * units, recurrent.shape == [units, gates * units] else {
            return nil
        }
        let width = gates * units
        return [kernel, recurrent].map { array in
            let (rows, result) = (array.shape[0], Tensor.zeros(array.shape))
            for gate in 0..<gates {
                for row in 0..<rows {
                    for unit in 0..<units {
                        // The place of the element in the gate's block, counted along its rows.
                        let place = unit * rows + row
                        result[row * width + gate * units + unit] =
                            array[place / units * width + gate * units + place % units]
                    }
                }
            }
            return result
        }
    }

    /// In Keras 1 the kernels of `Conv1D` had a second dimension of 1, or were [filters, inputs, length, 1].
    private func convolution(_ arrays: [Tensor], rank: Int) -> [Tensor] {
        guard var kernel = arrays.first else { return arrays }
        if rank == 3, kernel.shape.rank == 4 {
            let shape = kernel.shape
            if shape[1] == 1 {
                kernel = kernel.part(at: 0, shape: [shape[0], shape[2], shape[3]])
            } else if shape[3] == 1 {
                let old = kernel
                kernel = .zeros([shape[2], shape[1], shape[0]])
                for index in 0..<kernel.count {
                    let (filter, rest) = (index % shape[0], index / shape[0])
                    kernel[index] = old[(filter * shape[1] + rest % shape[1]) * shape[2] + rest / shape[1]]
                }
            }
        }
        if isMirrored, kernel.shape.rank == rank {
            let channels = kernel.shape[rank - 2] * kernel.shape[rank - 1]
            let (field, old) = (kernel.count / max(channels, 1), kernel)
            kernel = .zeros(old.shape)
            for index in 0..<kernel.count {
                kernel[index] = old[(field - 1 - index / channels) * channels + index % channels]
            }
        }
        return [kernel] + arrays.dropFirst()
    }
}
