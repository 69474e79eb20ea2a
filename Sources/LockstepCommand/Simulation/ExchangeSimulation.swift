import Lockstep

/// The exchange of gradients as `HierarchicalExchange` does it, played on a model of a cluster instead of one: with its
/// buckets, its segments, the schedules that it would choose, and its order of doing things. Nothing is computed but
/// times.
package struct ExchangeSimulation {
    let cluster: SimulatedCluster
    let work: StepWork
    let options: ExchangeOptions
    let buckets: [Range<Int>]
    /// None on one node.
    let flows: [SimulatedFlow]

    package init(_ work: StepWork, on cluster: SimulatedCluster, options: ExchangeOptions = ExchangeOptions()) {
        self.cluster = cluster
        self.work = work
        self.options = options
        let nodeSizes = cluster.nodeSizes
        let size =
            options.bucketBytes.map { $0 / MemoryLayout<Float>.stride }
            ?? (nodeSizes.count > 1 ? cluster.link.bucketSize : ExchangeOptions.nodeBucketSize * nodeSizes[0])
        buckets = LockstepCluster.buckets(starts: work.starts, count: work.count, size: size)
        flows =
            nodeSizes.count > 1
            ? SimulatedFlow.all(work, buckets: buckets, nodeSizes: nodeSizes, options: options, link: cluster.link) : []
    }

    /// Plays a step.
    ///
    /// - Parameter number: of the step, for which each rank's slowness is drawn.
    package func step(seed: UInt64 = 0, number: Int = 0) -> SimulatedStep {
        var play = StepPlay(self, slowness: cluster.slowness(seed: seed, step: number))
        return play.run()
    }
}
