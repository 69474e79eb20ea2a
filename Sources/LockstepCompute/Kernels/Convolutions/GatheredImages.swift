import CKernels

/// Multiplies with transposed patches, span by span of the depth. Patches are gathered from the images. Images are
/// padded where windows leave them.
struct GatheredImages {
    /// Positions of a span. The images under a span are padded together.
    private static let span = 2048
    let kernels: ls_kernels
    private let patches: ls_patches
    /// For each chunk, memory for padded images, of `paddedCount` floats, for a block of rows, and for the columns over
    /// a block of the depth.
    private let scratch: UnsafeMutablePointer<Float>
    private let paddedCount, columnCount: Int
    /// Memory for the caller, after that of the chunks.
    let besides: UnsafeMutablePointer<Float>

    /// - Parameters:
    ///   - columns: of the product.
    ///   - besides: how many floats the caller needs.
    init(_ patches: ls_patches, images: Int, columns: Int, chunks: Int, besides: Int = 0, on crew: Crew) {
        kernels = crew.kernels
        self.patches = patches
        let most = Self.span / (patches.y.positions * patches.x.positions) + 2
        paddedCount = withUnsafePointer(to: patches) {
            ls_needs_padding($0) ? FloatBuffer.aligned(min(most, images) * ls_padded_size($0)) : 0
        }
        let panels = (columns + kernels.tile_columns - 1) / kernels.tile_columns
        columnCount = panels * kernels.tile_columns * kernels.depth_block
        let count = chunks * (paddedCount + kernels.blockCount + columnCount)
        scratch = crew.scratch(count + besides)
        self.besides = scratch + count
    }

    /// Multiplies over the depth of a product, from its start on.
    func multiply(_ product: ls_product, rowPanels: Range<Int>, chunk: Int) {
        let images = scratch + chunk * (paddedCount + kernels.blockCount + columnCount)
        for first in stride(from: product.start, to: product.depth, by: Self.span) {
            let depth = ls_depth(first: first, last: min(first + Self.span, product.depth))
            if paddedCount == 0 {
                multiply(product, patches, depth, rowPanels, scratch: images)
            } else {
                let positions = patches.y.positions * patches.x.positions
                let inside = ls_padded(
                    patches, depth.first / positions, (depth.last + positions - 1) / positions, images)
                multiply(product, inside, depth, rowPanels, scratch: images + paddedCount)
            }
        }
    }

    /// Multiplies over a span of the depth whose windows leave no image.
    private func multiply(
        _ part: ls_product, _ patches: ls_patches, _ span: ls_depth, _ rowPanels: Range<Int>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let columnPanels = kernels.columnPanels(part)
        let (rows, columns) = (scratch, scratch + kernels.blockCount)
        var whole = part
        (whole.start, whole.depth) = (span.first, span.last)
        withUnsafePointer(to: patches) { patches in
            var product = part
            product.a.patches = patches
            for depth in kernels.depths(of: whole) {
                kernels.pack_columns(&product, 0, columnPanels, depth, columns)
                for first in stride(from: rowPanels.lowerBound, to: rowPanels.upperBound, by: kernels.row_panel_block) {
                    let last = min(first + kernels.row_panel_block, rowPanels.upperBound)
                    kernels.pack_gathered(&product, first, last, depth, rows)
                    kernels.multiply_packed(&product, rows, columns, first, last, 0, columnPanels, depth)
                }
            }
        }
    }
}
