import LockstepCompute
import LockstepGraph

extension Call {
    /// 1 for the places along one side of an image that lie in a part of it, anywhere, else 0.
    ///
    /// - Parameters:
    ///   - places: the numbers of the places, of a shape that broadcasts over images.
    ///   - size: how many there are.
    ///   - share: how large the part is, from 0 to 1, `[batch, 1, 1, 1]`.
    func part(of places: Tensor, size: Int, share: SymbolicTensor) -> SymbolicTensor {
        let length = share * Float(size)
        let start = uniformNoise([1, 1, 1], like: share, self) * (Float(size) - length)
        return (1 - greater(start, places)) * greater(start + length, places)
    }
}
