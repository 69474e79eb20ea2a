import LockstepCompute

/// The sums of a range over the ranks of a node.
struct NeighbourSum {
    private let steps: [(x: Tensor, y: Tensor, out: Tensor)]
    /// Where the sums lie in the end.
    let results: [Tensor]

    /// - Parameters:
    ///   - registers: memory for intermediate sums, each of the range's size.
    ///   - target: memory for the only result; nil: each result overwrites the gradients that `NodeSums.places` names.
    init(_ shared: NodeMemory, _ sums: NodeSums, range: Range<Int>, registers: [Tensor], target: Tensor? = nil) {
        func tensor(_ location: NodeSums.Location) -> Tensor {
            switch location {
            case .operand(let index): shared.gradients(sums.operands[index].place, sums.operands[index].part, range)
            case .register(let index): registers[index]
            case .result(let index):
                target ?? shared.gradients(sums.places[index].place, sums.places[index].part, range)
            }
        }
        steps = sums.steps.map { (tensor($0.x), tensor($0.y), tensor($0.out)) }
        results = sums.locations.map(tensor)
    }

    func compute(on crew: Crew) { for step in steps { add(step.x, step.y, into: step.out, on: crew) } }
}
