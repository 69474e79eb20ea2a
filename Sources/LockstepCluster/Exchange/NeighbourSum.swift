import LockstepCompute

/// The sum of a range over the ranks of a node, in their order.
struct NeighbourSum {
    private let gradients: [Tensor]
    private let scratch: Tensor
    /// Where it ends up: in scratch, or in this rank's gradients.
    let result: Tensor

    init(_ shared: NodeMemory, map: NodeMap, range: Range<Int>, scratch: Tensor, staysInScratch: Bool) {
        gradients = map.neighbours.indices.map { shared.gradients($0, range) }
        self.scratch = scratch
        result = staysInScratch ? scratch : gradients[map.place]
    }

    /// A rank alone on its node has its sum already.
    func compute(on crew: Crew) {
        var sum = gradients[0]
        for (index, gradient) in gradients.enumerated().dropFirst() {
            let out = index == gradients.count - 1 ? result : scratch
            add(sum, gradient, into: out, on: crew)
            sum = out
        }
    }
}
