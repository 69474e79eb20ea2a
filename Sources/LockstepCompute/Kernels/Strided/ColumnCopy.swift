/// Elements worth handing to another thread.
private let grain = 16 * 1024

/// Copies some columns of one matrix to columns of another. Matrices have as many columns as the last dimension of
/// their tensors has elements.
package func copyColumns(
    _ from: Tensor, _ columns: Range<Int>, to: Tensor, _ places: Range<Int>, on crew: Crew
) {
    let (fromWidth, toWidth) = (from.shape.last ?? 1, to.shape.last ?? 1)
    precondition(
        columns.count == places.count && columns.upperBound <= fromWidth && places.upperBound <= toWidth
            && from.count * toWidth == to.count * fromWidth,
        "columns \(columns) of \(from.shape) to columns \(places) of \(to.shape)")
    guard !columns.isEmpty, from.count > 0 else { return }
    let work = ColumnCopy(
        from: from.pointer + columns.lowerBound, to: to.pointer + places.lowerBound, fromWidth: fromWidth,
        toWidth: toWidth, width: columns.count,
        cut: crew.cut(from.count / fromWidth, grain: max(1, grain / columns.count)))
    crew.perform(work, chunks: work.cut.chunks)
}

private struct ColumnCopy: ChunkedWork {
    let from, to: UnsafeMutablePointer<Float>
    let fromWidth, toWidth, width: Int
    let cut: Cut

    func run(chunk: Int) {
        for row in cut[chunk] { (to + row * toWidth).update(from: from + row * fromWidth, count: width) }
    }
}
