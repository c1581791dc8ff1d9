# Whether there is room for what the defaults allow, on the disk and in memory; sizes in bytes. -OwnDatabase: MariaDB's files are there too.
# What is wanted are the defaults of worker.spool_max, worker.free_low, policy.free_space_min, policy.body_memory, the reports that a worker
# keeps at most, and what `cadre node setup` gives MariaDB: a redo log of 512 MiB, a quarter of the memory within 128 MiB and 4 GiB.
function Get-CadreRoomCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param(
        [Parameter(Mandatory)] [string] $Role,
        [Parameter(Mandatory)] [string] $Path,
        [Parameter(Mandatory)] [long] $Free,
        [Parameter(Mandatory)] [long] $Memory,
        [Parameter(Mandatory)] [long] $Available,
        [switch] $OwnDatabase)

    $parts = [ordered] @{ 'worker.spool_max' = 4GB; 'worker.free_low' = 256MB }
    $least = 256MB
    if ($OwnDatabase) {
        $parts['policy.free_space_min'], $parts['MariaDB''s redo log'] = 2GB, 512MB
        $least += 2GB + 512MB
    }
    $wanted = [Linq.Enumerable]::Sum([long[]] @($parts.Values))
    $sum = @($parts.Keys | ForEach-Object { "$(ConvertTo-CadreSize $parts[$_]) $_" }) -join ' + '
    $found = "$(ConvertTo-CadreSize $Free) free for $Path; wanted $(ConvertTo-CadreSize $wanted) = $sum"
    $cure = "more room there, or another volume; or a smaller worker.spool_max in the node's file (Set-CadreConfig)"
    if ($Free -lt $least) { ConvertTo-CadreCheck 'disk' 'failed' "$found; with less than $(ConvertTo-CadreSize $least) no work is taken" $cure }
    elseif ($Free -lt $wanted) { ConvertTo-CadreCheck 'disk' 'warning' $found $cure }
    else { ConvertTo-CadreCheck 'disk' 'ok' $found }

    $parts = [ordered] @{ 'reports of the worker' = 256MB }
    if ($Role -eq 'Master') { $parts['policy.body_memory'] = 256MB }
    if ($OwnDatabase) { $parts['MariaDB''s buffer pool'] = [Math]::Min([Math]::Max([long] ($Memory / 4), 128MB), 4GB) }
    $wanted = [Linq.Enumerable]::Sum([long[]] @($parts.Values))
    $sum = @($parts.Keys | ForEach-Object { "$(ConvertTo-CadreSize $parts[$_]) $_" }) -join ' + '
    $found = "$(ConvertTo-CadreSize $Available) available of $(ConvertTo-CadreSize $Memory); up to $(ConvertTo-CadreSize $wanted) = $sum, " +
    'and what the engines take'
    $cure = 'more memory, less beside it, or less of these: policy.body_memory, innodb_buffer_pool_size'
    if ($Available -lt $wanted) { ConvertTo-CadreCheck 'memory' 'warning' $found $cure }
    else { ConvertTo-CadreCheck 'memory' 'ok' $found }
}
