# TestDrive: and $TestDrive, a temporary directory of each test file. What a block has put there goes when it ends.

function New-PesterDrive {
    $root = [IO.Directory]::CreateTempSubdirectory('pester-').FullName
    $provider = $ExecutionContext.SessionState.Provider.GetOne('FileSystem')
    $drive = [Management.Automation.PSDriveInfo]::new('TestDrive', $provider, $root, 'of the tests', $null)
    [void] $ExecutionContext.SessionState.Drive.New($drive, 'global')
    $global:TestDrive = $root
}

function Get-PesterDriveContent { [IO.Directory]::GetFileSystemEntries($global:TestDrive, '*', 'AllDirectories') }

function Clear-PesterDrive {
    param([string[]] $There)
    foreach ($entry in Get-PesterDriveContent) {
        if ($entry -in $There) { continue }
        if ([IO.Directory]::Exists($entry)) { [IO.Directory]::Delete($entry, $true) } elseif ([IO.File]::Exists($entry)) { [IO.File]::Delete($entry) }
    }
}

function Remove-PesterDrive {
    $ExecutionContext.SessionState.Drive.Remove('TestDrive', $true, 'global')
    [IO.Directory]::Delete($global:TestDrive, $true)
}
