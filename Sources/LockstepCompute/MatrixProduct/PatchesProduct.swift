import CKernels

/// Images' patches with rows and columns exchanged times b: the gradient of a convolution's kernel, deep as all positions of all images.
///
/// Elements of patches are gathered where they lie in the images; where windows leave these, a few images at a time are padded. A small c is
/// cut along the depth: every part adds up a c of its own, then the parts are added in order. Where the cuts are depends on the depth alone,
/// so the bits do not depend on the threads. A large one is cut by its rows.
struct PatchesProduct {
    /// Positions that are worth a part; the images under as many are padded at once.
    private static let smallestPart = 2048
    /// A gathered panel of rows and the columns that it meets lie in the first-level cache together.
    static let depthBlock = 96

    private let product: ls_product
    private let patches: ls_patches
    private let partDepth: Int
    private let parts: Int
    private let slope: Slope?

    /// - Parameter slope: makes b of the gradient behind an activation, on the way.
    init(_ product: ls_product, slope: Slope?) {
        guard let patches = product.a.patches, product.a.row_stride == 1 else { preconditionFailure("a product of no exchanged patches") }
        precondition(product.bias == nil && !product.adds && product.c_stride == product.columns, "a sum over patches begins at zero")
        self.product = product
        self.slope = slope
        self.patches = patches.pointee
        let isSmall = product.rows * product.columns <= 128 * 1024 && product.depth >= 2 * Self.smallestPart
        partDepth = isSmall ? max(Self.smallestPart, (product.depth + 31) / 32) : max(product.depth, 1)
        parts = (product.depth + partDepth - 1) / partDepth
    }

    func run(on crew: Crew) {
        let kernels = crew.kernels
        guard product.depth > 0 else {
            product.c.update(repeating: 0, count: product.rows * product.columns)
            product.column_sums?.update(repeating: 0, count: product.columns)
            return
        }
        // Rows that are cut read all of b, so it must be there before.
        if parts == 1 { slope?.apply(0..<product.depth * product.columns, on: crew) }
        let rowPanels = kernels.rowPanels(product)
        let cut = parts > 1 ? crew.cut(parts, grain: 1) : crew.cut(rowPanels, grain: max(1, rowPanels / crew.threads))
        let positions = patches.y.positions * patches.x.positions
        let images = Self.smallestPart / positions + 2
        let padded = withUnsafePointer(to: patches) {
            ls_needs_padding($0) ? FloatBuffer.aligned(min(images, product.depth / positions) * ls_padded_size($0)) : 0
        }
        let count = product.rows * product.columns
        let partials = parts > 1 ? parts * (count + product.columns) : 0
        let scratch = crew.scratch(cut.chunks * (padded + kernels.blockCount) + partials)
        let partial = scratch + cut.chunks * (padded + kernels.blockCount)
        let work = PatchesParts(
            product: product, kernels: kernels, patches: patches, slope: parts > 1 ? slope : nil, partDepth: partDepth, parts: parts,
            span: Self.smallestPart,
            padded: scratch, paddedCount: padded, partial: partial, sums: partial + parts * count, cut: cut)
        crew.perform(work, chunks: cut.chunks)
        guard parts > 1 else { return }
        kernels.column_sums(parts, count, partial, product.c)
        if let total = product.column_sums { kernels.column_sums(parts, product.columns, work.sums, total) }
    }
}

private struct PatchesParts: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let patches: ls_patches
    let slope: Slope?
    let partDepth, parts: Int
    /// Positions whose images are padded at once.
    let span: Int
    /// For each chunk a place for padded images, of `paddedCount`, and one for a block of columns.
    let padded: UnsafeMutablePointer<Float>
    let paddedCount: Int
    /// For each of several parts its c, and its sums of the columns.
    let partial, sums: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        guard parts > 1 else {
            var rows = product
            // The columns' sums belong to all rows: one chunk makes them.
            if cut[chunk].lowerBound > 0 { rows.column_sums = nil }
            return multiply(rows, rowPanels: cut[chunk], chunk)
        }
        for number in cut[chunk] {
            var part = product
            part.start = number * partDepth
            part.depth = min(part.start + partDepth, product.depth)
            part.c = partial + number * product.rows * product.columns
            slope?.apply(part.start * product.columns..<part.depth * product.columns, kernels)
            if product.column_sums != nil { part.column_sums = sums + number * product.columns }
            multiply(part, rowPanels: 0..<kernels.rowPanels(product), chunk)
        }
    }

    private func multiply(_ part: ls_product, rowPanels: Range<Int>, _ chunk: Int) {
        let images = padded + chunk * (paddedCount + kernels.blockCount)
        for first in stride(from: part.start, to: part.depth, by: span) {
            let depth = ls_depth(first: first, last: min(first + span, part.depth))
            if paddedCount == 0 {
                multiply(part, patches, depth, rowPanels, block: images)
            } else {
                let positions = patches.y.positions * patches.x.positions
                let inside = ls_padded(patches, depth.first / positions, (depth.last + positions - 1) / positions, images)
                multiply(part, inside, depth, rowPanels, block: images + paddedCount)
            }
        }
    }

    /// A span of the depth, whose windows leave no image.
    private func multiply(
        _ part: ls_product, _ patches: ls_patches, _ span: ls_depth, _ rowPanels: Range<Int>, block: UnsafeMutablePointer<Float>
    ) {
        let columnPanels = kernels.columnPanels(part)
        withUnsafePointer(to: patches) { patches in
            var product = part
            product.a.patches = patches
            for first in stride(from: span.first, to: span.last, by: PatchesProduct.depthBlock) {
                let depth = ls_depth(first: first, last: min(first + PatchesProduct.depthBlock, span.last))
                for panel in stride(from: 0, to: columnPanels, by: kernels.columnGroup) {
                    let last = min(panel + kernels.columnGroup, columnPanels)
                    kernels.pack_columns(&product, panel, last, depth, block)
                    kernels.multiply_gathered(&product, block, rowPanels.lowerBound, rowPanels.upperBound, panel, last, depth)
                }
            }
        }
    }
}
