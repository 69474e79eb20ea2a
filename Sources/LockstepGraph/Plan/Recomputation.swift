/// What backward computes again instead of keeping it since forward, to need less memory (Chen et al., 2016).
///
/// The operations are cut into blocks. Just before the backward of a block, some of its operations are computed again,
/// from the tensors that enter the block and from others that were kept. The same operations compute on the same
/// inputs, so the results have the same bits.
package struct Recomputation: Equatable, Sendable {
    struct Block: Equatable, Sendable {
        /// Operations in a row, by their numbers.
        let operations: Range<Int>
        /// Those of them that are computed again, in order.
        let recomputed: [Int]
    }

    let blocks: [Block]

    /// Everything that backward reads is kept.
    package static let none = Recomputation(blocks: [])

    /// The number of operations that are computed again.
    var count: Int { blocks.reduce(0) { $0 + $1.recomputed.count } }
}
