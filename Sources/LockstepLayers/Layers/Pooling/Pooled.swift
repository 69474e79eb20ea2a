import LockstepCompute
import LockstepGraph

/// The windows of a pooling layer over rows of `[height, width, channels]`, and their checks.
struct PoolWindows {
    let y: Window
    let x: Window

    /// - Throws: a `LayerError` that names the argument or the input.
    init(layer: String, poolSize: Size2D, strides: Size2D, padding: Padding, input: Shape) throws(LayerError) {
        for (argument, size) in [("poolSize", poolSize), ("strides", strides)] where !size.isPositive {
            throw .argument(layer: layer, name: argument, requirement: "positive", received: "\(size)")
        }
        guard input.rank == 3 else {
            throw .input(layer: layer, requirement: "have rows of [height, width, channels]", received: input)
        }
        let isSame = padding == .same
        y = Window(size: input[0], taps: poolSize.height, stride: strides.height, isSame: isSame)
        x = Window(size: input[1], taps: poolSize.width, stride: strides.width, isSame: isSame)
        guard y.positions > 0, x.positions > 0 else {
            throw .input(layer: layer, requirement: "be at least as large as the pool \(poolSize)", received: input)
        }
    }

    /// One window that covers the whole image.
    init(layer: String, wholeOf input: Shape) throws(LayerError) {
        let size = input.rank == 3 ? Size2D(input[0], input[1]) : 1
        try self.init(layer: layer, poolSize: size, strides: size, padding: .valid, input: input)
    }
}

extension Layer {
    /// Pools a sequence, as an image of one row.
    func pooled(
        _ kind: Pool, _ inputs: [SymbolicTensor], poolSize: Size1D, strides: Size1D, padding: Padding
    ) throws(LayerError) -> SymbolicTensor {
        let input = try single(inputs.map(\.spec), rank: 2)
        let windows = try PoolWindows(
            layer: name, poolSize: Size2D(1, poolSize.length), strides: Size2D(1, strides.length), padding: padding,
            input: [1, input[0], input[1]])
        let images = pool(kind, reshape(inputs[0], [1, input[0], input[1]]), y: windows.y, x: windows.x)
        return reshape(images, [windows.x.positions, input[1]])
    }
}
