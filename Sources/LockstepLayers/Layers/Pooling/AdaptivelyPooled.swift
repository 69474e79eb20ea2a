import LockstepCompute
import LockstepGraph

extension Layer {
    /// Pools each dimension in front of the channels to a given size. Of n places, window i of `size` goes from
    /// `⌊i·n / size⌋` to before `⌈(i + 1)·n / size⌉`. Windows may overlap, and a place may lie in two.
    ///
    /// - Parameter sizes: for each dimension in front of the channels.
    /// - Throws: a `LayerError` that names the argument or the input.
    func adaptivelyPooled(
        _ kind: Pool, _ inputs: [SymbolicTensor], to sizes: [Int]
    ) throws(LayerError) -> SymbolicTensor {
        let received = sizes.count == 1 ? "\(sizes[0])" : "\(sizes)"
        guard sizes.allSatisfy({ $0 > 0 }) else {
            throw .argument(layer: name, name: "outputSize", requirement: "positive", received: received)
        }
        let input = try single(inputs.map(\.spec), rank: sizes.count + 1)
        guard sizes.indices.allSatisfy({ sizes[$0] <= input[$0] }) else {
            throw .input(layer: name, requirement: "be at least as large as the output \(received)", received: input)
        }
        // A maximum over a box is that of the maxima along each side, and so is a mean over boxes of one size.
        return sizes.indices.reduce(inputs[0]) { pooled($0, axis: $1, size: sizes[$1], kind) }
    }

    private func pooled(_ x: SymbolicTensor, axis: Int, size: Int, _ kind: Pool) -> SymbolicTensor {
        let places = x.spec.shape[axis]
        guard size < places else { return x }
        let parts = (0..<size).map { window in
            let part = slice(x, axis: axis, window * places / size..<((window + 1) * places + size - 1) / size)
            return kind == .max ? max(part, axes: [axis], keepDims: true) : mean(part, axes: [axis], keepDims: true)
        }
        return parts.count == 1 ? parts[0] : concatenate(parts, axis: axis)
    }
}
