import LockstepCompute
import LockstepGraph

extension Layer {
    /// Pools sequences `[time, channels]`, images `[height, width, channels]` or volumes
    /// `[depth, height, width, channels]`.
    ///
    /// - Parameters:
    ///   - poolSize: for each dimension in front of the channels.
    ///   - strides: likewise.
    /// - Throws: a `LayerError` that names the argument or the input.
    func pooled(
        _ kind: Pool, _ inputs: [SymbolicTensor], poolSize: [Int], strides: [Int], padding: Padding
    ) throws(LayerError) -> SymbolicTensor {
        for (argument, sizes) in [("poolSize", poolSize), ("strides", strides)] {
            guard sizes.allSatisfy({ $0 > 0 }) else {
                throw .argument(
                    layer: name, name: argument, requirement: "positive",
                    received: sizes.count == 1 ? "\(sizes[0])" : "\(sizes)")
            }
        }
        let input = try single(inputs.map(\.spec), rank: poolSize.count + 1)
        let windows = poolSize.indices.map {
            Window(size: input[$0], taps: poolSize[$0], stride: strides[$0], isSame: padding == .same)
        }
        guard windows.allSatisfy({ $0.positions > 0 }) else {
            throw .input(
                layer: name,
                requirement:
                    "be at least as large as the pool \(poolSize.count == 1 ? "\(poolSize[0])" : "\(poolSize)")",
                received: input)
        }
        return pool(kind, inputs[0], windows: windows)
    }

    /// Pools all of an image `[height, width, channels]`.
    func pooledWhole(_ kind: Pool, _ inputs: [SymbolicTensor], keepDims: Bool) throws(LayerError) -> SymbolicTensor {
        let input = try single(inputs.map(\.spec), rank: 3)
        let size = [input[0], input[1]]
        let pooled = try pooled(kind, inputs, poolSize: size, strides: size, padding: .valid)
        return keepDims ? pooled : reshape(pooled, [pooled.spec.shape.count])
    }
}

/// Pools over one, two or three dimensions in front of the channels. A sequence is an image of one row. A volume is
/// pooled frame by frame, and then along the depth: of equal elements, the first still gets a maximum's gradient.
private func pool(_ kind: Pool, _ x: SymbolicTensor, windows: [Window]) -> SymbolicTensor {
    let shape = x.spec.shape.dimensions
    switch windows.count {
    case 1:
        let image = pool(kind, reshape(x, Shape([1] + shape)), y: .point, x: windows[0])
        return reshape(image, [windows[0].positions, shape[1]])
    case 2: return pool(kind, x, y: windows[0], x: windows[1])
    default:
        let frames = pool(kind, x.folded, y: windows[1], x: windows[2]).unfolded(shape[0])
        let (height, width) = (windows[1].positions, windows[2].positions)
        let columns = pool(
            kind, reshape(frames, [shape[0], height * width, shape[3]]), y: windows[0],
            x: Window(size: height * width, taps: 1, stride: 1, isSame: false))
        return reshape(columns, [windows[0].positions, height, width, shape[3]])
    }
}
