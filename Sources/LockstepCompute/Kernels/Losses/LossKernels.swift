import CKernels

/// The losses that have kernels.
package enum LossKernel: Sendable {
    case meanSquaredError, meanAbsoluteError
    case binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy

    /// The sum of all rows' losses. A row's loss is the mean over the last dimension. In `[rows…, columns]`, all
    /// dimensions but the last count rows.
    ///
    /// - Parameters:
    ///   - logits: the tensor whose sigmoid or softmax the outputs are. Cross-entropies are then computed from it, and
    ///     do not saturate.
    ///   - weights: a factor for each row's loss; nil: 1.
    ///   - gradient: overwritten with the sum's gradient with respect to the logits, if there are any, otherwise with
    ///     respect to the outputs.
    ///   - targets: of the outputs' shape; one class number a row for the sparse loss.
    package func sum(
        outputs: Tensor, logits: Tensor? = nil, targets: Tensor, weights: Tensor? = nil, gradient: Tensor?,
        fromLogits: Bool = false,
        labelSmoothing: Double = 0, on crew: Crew
    ) -> Double {
        let (rows, columns) = outputs.matrixShape
        let isSparse = self == .sparseCategoricalCrossentropy
        precondition(targets.count == (isSparse ? rows : outputs.count), "targets \(targets.shape)")
        precondition(weights.map { $0.count == rows } ?? true, "weights of \(weights?.count ?? 0) rows")
        precondition(
            logits.map { $0.count == outputs.count } ?? true,
            "logits \(logits?.count ?? 0) for outputs \(outputs.shape)")
        let options = ls_loss_options(from_logits: fromLogits, label_smoothing: Float(labelSmoothing))
        let scores = RowScores(
            kind: .loss(identifier, options), columns: columns, targetColumns: isSparse ? 1 : columns,
            outputs: outputs.pointer,
            logits: logits?.pointer, targets: targets.pointer, weights: weights?.pointer, gradient: gradient?.pointer)
        return scores.sum(rows: rows, on: crew)
    }

    private var identifier: ls_loss {
        switch self {
        case .meanSquaredError: LS_MEAN_SQUARED_ERROR
        case .meanAbsoluteError: LS_MEAN_ABSOLUTE_ERROR
        case .binaryCrossentropy: LS_BINARY_CROSSENTROPY
        case .categoricalCrossentropy: LS_CATEGORICAL_CROSSENTROPY
        case .sparseCategoricalCrossentropy: LS_SPARSE_CATEGORICAL_CROSSENTROPY
        }
    }
}

package enum AccuracyKernel: Sendable {
    case binary, categorical, sparseCategorical

    /// The sum over rows of each row's accuracy.
    package func sum(outputs: Tensor, targets: Tensor, on crew: Crew) -> Double {
        let (rows, columns) = outputs.matrixShape
        let isSparse = self == .sparseCategorical
        precondition(targets.count == (isSparse ? rows : outputs.count), "targets \(targets.shape)")
        let identifier =
            switch self {
            case .binary: LS_BINARY_ACCURACY
            case .categorical: LS_CATEGORICAL_ACCURACY
            case .sparseCategorical: LS_SPARSE_CATEGORICAL_ACCURACY
            }
        let scores = RowScores(
            kind: .accuracy(identifier), columns: columns, targetColumns: isSparse ? 1 : columns,
            outputs: outputs.pointer,
            logits: nil, targets: targets.pointer, weights: nil, gradient: nil)
        return scores.sum(rows: rows, on: crew)
    }
}

/// A score for each row. Scores are added in blocks of rows, then the blocks' sums, so that the result does not depend
/// on the threads.
private struct RowScores {
    enum Kind {
        case loss(ls_loss, ls_loss_options)
        case accuracy(ls_accuracy)
    }

    let kind: Kind
    let columns, targetColumns: Int
    let outputs, targets: UnsafePointer<Float>
    let logits, weights: UnsafePointer<Float>?
    let gradient: UnsafeMutablePointer<Float>?

    init(
        kind: Kind, columns: Int, targetColumns: Int, outputs: UnsafeMutablePointer<Float>,
        logits: UnsafeMutablePointer<Float>?,
        targets: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>?,
        gradient: UnsafeMutablePointer<Float>?
    ) {
        self.kind = kind
        (self.columns, self.targetColumns) = (columns, targetColumns)
        (self.outputs, self.targets) = (outputs.asConstant, targets.asConstant)
        (self.logits, self.weights) = (logits.map { $0.asConstant }, weights.map { $0.asConstant })
        self.gradient = gradient
    }

    func sum(rows: Int, on crew: Crew) -> Double {
        // Elements worth handing to another thread.
        let blockRows = max(1, 8 * 1024 / max(columns, 1))
        guard rows > blockRows else { return sum(0..<rows) }
        let blocks = (rows + blockRows - 1) / blockRows
        let doublesOfFloats = MemoryLayout<Double>.size / MemoryLayout<Float>.size
        let sums = UnsafeMutableRawPointer(crew.scratch(doublesOfFloats * blocks)).bindMemory(
            to: Double.self, capacity: blocks)
        let work = ScoreBlocks(
            scores: self, rows: rows, blockRows: blockRows, sums: sums, cut: crew.cut(blocks, grain: 1))
        crew.perform(work, chunks: work.cut.chunks)
        return (0..<blocks).reduce(0) { $0 + sums[$1] }
    }

    func sum(_ rows: Range<Int>) -> Double {
        let (place, target) = (outputs + rows.lowerBound * columns, targets + rows.lowerBound * targetColumns)
        switch kind {
        case .loss(let loss, let options):
            return ls_loss_sum(
                loss, options, rows.count, columns, place, logits.map { $0 + rows.lowerBound * columns }, target,
                weights.map { $0 + rows.lowerBound }, gradient.map { $0 + rows.lowerBound * columns })
        case .accuracy(let accuracy): return ls_accuracy_sum(accuracy, rows.count, columns, place, target)
        }
    }
}

private struct ScoreBlocks: ChunkedWork {
    let scores: RowScores
    let rows, blockRows: Int
    let sums: UnsafeMutablePointer<Double>
    let cut: Cut

    func run(chunk: Int) {
        for block in cut[chunk] { sums[block] = scores.sum(block * blockRows..<min((block + 1) * blockRows, rows)) }
    }
}
