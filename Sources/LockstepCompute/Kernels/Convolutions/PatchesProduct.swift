import CKernels

/// The transposed patches of images times b, summed over some images: the gradient of a convolution's kernel. Its depth
/// is the number of positions in all these images.
///
/// Elements of patches are gathered from the images. Where windows leave the images, a few images at a time are padded.
/// A small c is cut along the depth: every piece sums a c of its own. Then the pieces of a micro-shard are added in
/// order, and the micro-shards in the order of a `SumTree`. The cuts depend only on the depth of the micro-shard, so
/// the bits do not depend on the threads. A large c is cut by its rows, one micro-shard after another.
struct PatchesProduct {
    private let product: ls_product
    private let patches: ls_patches
    private let leaves: RowPartition.Part
    private let activationGradient: ActivationGradient?
    /// Positions of each image.
    private let positions: Int
    private let isSmall: Bool
    private let isTree: Bool
    /// The fewest positions that are worth a piece. The number is smaller with micro-shards, because pieces do not span
    /// them, and each thread needs some pieces.
    private let smallestPiece: Int

    /// - Parameters:
    ///   - leaves: the images to sum over.
    ///   - isTree: whether a micro-shard's sums must have the same bits, whatever other micro-shards the rank has.
    ///   - activationGradient: turns the gradient after an activation into b, in place.
    init(_ product: ls_product, leaves: RowPartition.Part, isTree: Bool, activationGradient: ActivationGradient?) {
        guard let patches = product.a.patches, product.a.row_stride == 1 else {
            preconditionFailure("a product of no exchanged patches")
        }
        precondition(
            product.bias == nil && !product.adds && product.c_stride == product.columns,
            "a sum over patches begins at zero")
        self.product = product
        self.patches = patches.pointee
        self.leaves = leaves
        self.activationGradient = activationGradient
        positions = patches.pointee.y.positions * patches.pointee.x.positions
        isSmall = product.rows * product.columns <= 128 * 1024
        self.isTree = isTree
        smallestPiece = isTree ? 512 : 2048
    }

    /// The depth of a micro-shard.
    private func depth(_ leaf: Int) -> Range<Int> {
        leaves.bounds[leaf] * positions..<leaves.bounds[leaf + 1] * positions
    }

    /// Into how many pieces a micro-shard is cut, and how deep they are.
    private func pieces(_ leaf: Int) -> (count: Int, depth: Int) {
        let depth = depth(leaf).count
        guard depth >= 2 * smallestPiece else { return (1, depth) }
        let size = max(smallestPiece, (depth + 31) / 32)
        return ((depth + size - 1) / size, size)
    }

    /// The depth of a piece. Pieces are numbered over all micro-shards.
    fileprivate func piece(_ number: Int) -> Range<Int> {
        var rest = number
        for leaf in 0..<leaves.leaves {
            let (count, size) = pieces(leaf)
            if rest < count {
                let depth = depth(leaf)
                return depth.lowerBound + rest * size..<min(depth.lowerBound + (rest + 1) * size, depth.upperBound)
            }
            rest -= count
        }
        preconditionFailure("there is no piece \(number)")
    }

    func run(on crew: Crew) {
        let count = isSmall ? (0..<leaves.leaves).reduce(0) { $0 + pieces($1).count } : 0
        // Pieces sum the columns while they pack them, in another order than `sumColumns`. So with `isTree` even one
        // piece goes this way.
        if count > 1 || (isTree && count > 0) { return run(pieces: count, on: crew) }
        addLeaves(leaves.leaves, count: product.rows * product.columns, into: product.c, on: crew) { leaf, place in
            run(depth(leaf), into: place, on: crew)
        }
        if let total = product.column_sums {
            let b = UnsafeMutablePointer(mutating: product.b.data)
            sumColumns(b, columns: product.columns, of: leaves, unit: positions, into: total, on: crew)
        }
    }

    /// Cuts the rows of c among the threads.
    private func run(_ depth: Range<Int>, into c: UnsafeMutablePointer<Float>, on crew: Crew) {
        guard !depth.isEmpty else { return c.update(repeating: 0, count: product.rows * product.columns) }
        // Every part of the rows reads all of b, so b must be ready before.
        activationGradient?.apply(depth.lowerBound * product.columns..<depth.upperBound * product.columns, on: crew)
        let rowPanels = crew.kernels.rowPanels(product)
        let cut = crew.cut(rowPanels, grain: max(1, rowPanels / crew.threads))
        var part = product
        (part.start, part.depth, part.c, part.column_sums) = (depth.lowerBound, depth.upperBound, c, nil)
        let images = GatheredImages(
            patches, images: depth.count / positions, columns: product.columns, chunks: cut.chunks, on: crew)
        crew.perform(PatchesRows(product: part, images: images, cut: cut), chunks: cut.chunks)
    }

    /// Cuts the depth among the threads.
    private func run(pieces: Int, on crew: Crew) {
        let count = product.rows * product.columns
        let cut = crew.cut(pieces, grain: 1)
        let images = GatheredImages(
            patches, images: leaves.rows.count, columns: product.columns, chunks: cut.chunks,
            besides: pieces * (count + product.columns), on: crew)
        let (partial, sums) = (images.besides, images.besides + pieces * count)
        let work = PatchesPieces(
            product: product, whole: self, images: images, activationGradient: activationGradient, partial: partial,
            sums: sums, cut: cut)
        crew.perform(work, chunks: cut.chunks)
        add(partial, count: count, into: product.c, on: crew)
        if let total = product.column_sums { add(sums, count: product.columns, into: total, on: crew) }
    }

    /// Adds the pieces' sums, which lie one after another.
    private func add(
        _ sums: UnsafeMutablePointer<Float>, count: Int, into out: UnsafeMutablePointer<Float>, on crew: Crew
    ) {
        var next = sums
        addLeaves(leaves.leaves, count: count, into: out, on: crew) { leaf, place in
            let pieces = pieces(leaf).count
            crew.kernels.column_sums(pieces, count, next, place)
            next += pieces * count
        }
    }
}

/// Some rows of c over all of the depth.
private struct PatchesRows: ChunkedWork {
    let product: ls_product
    let images: GatheredImages
    let cut: Cut

    func run(chunk: Int) { images.multiply(product, rowPanels: cut[chunk], chunk: chunk) }
}

/// All rows of c over some pieces of the depth. Each piece has a c of its own.
private struct PatchesPieces: ChunkedWork {
    let product: ls_product
    let whole: PatchesProduct
    let images: GatheredImages
    let activationGradient: ActivationGradient?
    /// For each piece, its c and its sums of the columns.
    let partial, sums: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        for number in cut[chunk] {
            let depth = whole.piece(number)
            var part = product
            (part.start, part.depth) = (depth.lowerBound, depth.upperBound)
            part.c = partial + number * product.rows * product.columns
            activationGradient?.apply(
                depth.lowerBound * product.columns..<depth.upperBound * product.columns, images.kernels)
            if product.column_sums != nil { part.column_sums = sums + number * product.columns }
            guard !depth.isEmpty else {
                part.c.update(repeating: 0, count: product.rows * product.columns)
                part.column_sums?.update(repeating: 0, count: product.columns)
                continue
            }
            images.multiply(part, rowPanels: 0..<images.kernels.rowPanels(product), chunk: chunk)
        }
    }
}
