import LockstepCompute
import LockstepGraph

/// A range of the values that an optimizer updates here, with all that its update takes.
///
/// A class, because a small step would notice copies of so many tensors.
final class OptimizerPiece {
    let range: Range<Int>
    let values, gradients: Tensor
    let slots: [Tensor]
    let average: Tensor?
    /// Updates the piece if it is a whole weight, of an optimizer that sees weights whole; else nil.
    let update: (any WeightUpdate)?
    /// The parts of the piece that belong to the runs of `reach`.
    var parts: [Part] = []

    init(
        range: Range<Int>, values: Tensor, gradients: Tensor, slots: [Tensor], average: Tensor?,
        update: (any WeightUpdate)?
    ) {
        (self.range, self.values, self.gradients, self.slots) = (range, values, gradients, slots)
        (self.average, self.update) = (average, update)
    }

    func part(_ range: Range<Int>, _ run: UpdateReach.Run, of reach: UpdateReach) -> Part {
        func tensor(_ whole: Tensor) -> Tensor {
            whole.part(at: range.lowerBound - self.range.lowerBound, shape: [range.count])
        }
        return Part(
            run: run, values: tensor(values), gradients: tensor(gradients),
            slots: update == nil ? slots.map(tensor) : slots, average: average.map(tensor), update: update,
            slope: run.slope.map {
                reach.slopes[$0].values.part(at: range.lowerBound - run.range.lowerBound, shape: [range.count])
            },
            lines: reach.norms?.lines.part(
                at: range.lowerBound / lineSize, shape: [(range.count + lineSize - 1) / lineSize]),
            ratioLines: reach.ratios?.part(range))
    }

    /// The part of a piece that belongs to one run.
    struct Part {
        let run: UpdateReach.Run
        let values, gradients: Tensor
        let slots: [Tensor]
        let average: Tensor?
        let update: (any WeightUpdate)?
        /// The slope of a penalty on a whole weight.
        let slope: Tensor?
        /// Receives the sums of the squares of the gradients.
        let lines: Tensor?
        /// Receive the sums of the squares of the values and of the prepared gradients.
        let ratioLines: (values: Tensor, gradients: Tensor)?
    }
}
