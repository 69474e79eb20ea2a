import CKernels

/// Gathers patches from images, span by span of the depth. Images are padded where windows leave them.
struct GatheredImages {
    /// Positions of a span. The images under a span are padded together.
    private static let span = 2048
    /// Depth of a block: a gathered panel of rows and its columns fit together in the first-level cache.
    private static let depthBlock = 96

    let kernels: ls_kernels
    private let patches: ls_patches
    /// For each chunk, memory for padded images, of `paddedCount` floats, and for a block of columns.
    private let scratch: UnsafeMutablePointer<Float>
    private let paddedCount: Int
    /// Memory for the caller, after that of the chunks.
    let besides: UnsafeMutablePointer<Float>

    /// - Parameter besides: how many floats the caller needs.
    init(_ patches: ls_patches, images: Int, chunks: Int, besides: Int = 0, on crew: Crew) {
        kernels = crew.kernels
        self.patches = patches
        let most = Self.span / (patches.y.positions * patches.x.positions) + 2
        paddedCount = withUnsafePointer(to: patches) {
            ls_needs_padding($0) ? FloatBuffer.aligned(min(most, images) * ls_padded_size($0)) : 0
        }
        let count = chunks * (paddedCount + kernels.blockCount)
        scratch = crew.scratch(count + besides)
        self.besides = scratch + count
    }

    /// Multiplies over the depth of a product, from its start on.
    func multiply(_ product: ls_product, rowPanels: Range<Int>, chunk: Int) {
        let images = scratch + chunk * (paddedCount + kernels.blockCount)
        for first in stride(from: product.start, to: product.depth, by: Self.span) {
            let depth = ls_depth(first: first, last: min(first + Self.span, product.depth))
            if paddedCount == 0 {
                multiply(product, patches, depth, rowPanels, block: images)
            } else {
                let positions = patches.y.positions * patches.x.positions
                let inside = ls_padded(
                    patches, depth.first / positions, (depth.last + positions - 1) / positions, images)
                multiply(product, inside, depth, rowPanels, block: images + paddedCount)
            }
        }
    }

    /// Multiplies over a span of the depth whose windows leave no image.
    private func multiply(
        _ part: ls_product, _ patches: ls_patches, _ span: ls_depth, _ rowPanels: Range<Int>,
        block: UnsafeMutablePointer<Float>
    ) {
        let columnPanels = kernels.columnPanels(part)
        withUnsafePointer(to: patches) { patches in
            var product = part
            product.a.patches = patches
            for first in stride(from: span.first, to: span.last, by: Self.depthBlock) {
                let depth = ls_depth(first: first, last: min(first + Self.depthBlock, span.last))
                for panel in stride(from: 0, to: columnPanels, by: kernels.columnGroup) {
                    let last = min(panel + kernels.columnGroup, columnPanels)
                    kernels.pack_columns(&product, panel, last, depth, block)
                    kernels.multiply_gathered(
                        &product, block, rowPanels.lowerBound, rowPanels.upperBound, panel, last, depth)
                }
            }
        }
    }
}
