import CKernels

/// Elements of a pool's output worth handing to another thread.
private let grain = 4 * 1024

/// What a pool computes from a window.
package enum Pool: Sendable { case max, average }

/// Pools images x `[images, y.size, x.size, channels]` into `[images, y.positions, x.positions, channels]`.
///
/// - Parameter winners: for `max`, overwritten with the place of each largest element in its image; as many elements as
///   the output.
package func pool(
    _ kind: Pool, _ images: Tensor, y: Window, x: Window, winners: Tensor?, into output: Tensor, on crew: Crew
) {
    let work = PoolWork(kind, isForward: true, images, output, winners, y, x, crew)
    crew.perform(work, chunks: work.cut.chunks)
}

/// The gradient of the images from the gradient of the output.
package func poolGradient(
    _ kind: Pool, dy: Tensor, y: Window, x: Window, winners: Tensor?, into dx: Tensor, on crew: Crew
) {
    let work = PoolWork(kind, isForward: false, dx, dy, winners, y, x, crew)
    crew.perform(work, chunks: work.cut.chunks)
}

private struct PoolWork: ChunkedWork {
    let kind: Pool
    let isForward: Bool
    let pool: ls_pool
    let kernels: ls_kernels
    let images, outputs: UnsafeMutablePointer<Float>
    let winners: UnsafeMutablePointer<Int32>?
    let imageSize, outputSize: Int
    let cut: Cut

    init(
        _ kind: Pool, isForward: Bool, _ images: Tensor, _ outputs: Tensor, _ winners: Tensor?, _ y: Window,
        _ x: Window, _ crew: Crew
    ) {
        let channels = images.shape.last ?? 1
        self.kind = kind
        self.isForward = isForward
        kernels = crew.kernels
        pool = ls_pool(y: y.forward, x: x.forward, channels: channels)
        imageSize = y.size * x.size * channels
        outputSize = y.positions * x.positions * channels
        precondition(
            images.count == images.rowCount * imageSize && outputs.count == images.rowCount * outputSize,
            "pool of \(images.shape)")
        precondition(kind == .average || winners?.count == outputs.count, "the winners of \(outputs.shape)")
        self.images = images.pointer
        self.outputs = outputs.pointer
        // Places are 32-bit integers. A plan provides their memory as floats, which have the same size.
        self.winners = winners.map { UnsafeMutableRawPointer($0.pointer).assumingMemoryBound(to: Int32.self) }
        cut = crew.cut(images.rowCount, grain: Swift.max(1, grain / Swift.max(outputSize, 1)))
    }

    func run(chunk: Int) {
        let (first, count) = (cut[chunk].lowerBound, cut[chunk].count)
        let (image, output) = (images + first * imageSize, outputs + first * outputSize)
        switch (kind, isForward) {
        case (.average, true): ls_average_pool(pool, count, image, output)
        case (.average, false): ls_average_pool_gradient(pool, count, output, image)
        case (.max, true): if let winners { kernels.max_pool(pool, count, image, output, winners + first * outputSize) }
        case (.max, false):
            if let winners { kernels.max_pool_gradient(pool, count, output, winners + first * outputSize, image) }
        }
    }
}
